import assert from "node:assert/strict";
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { openerOf } from "../../components/local/locked-text.ts";
import { openedConfig } from "../../components/local/opened-config.ts";
import { isAsRecorded, isSame, type Registered } from "../../components/rehearsal/compare.ts";
import { openedValue, withoutMarks, type Recorded } from "../../components/rehearsal/recorded.ts";

const stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const byDefault = "urn:pulumi:dev::shop::pulumi:providers:docker::default_5_2_0::id";

describe("a resource that a program registers, beside what the state has of the resource", () => {
  const registered: Registered = {
    ...{
      parent: stack,
      provider: "",
      version: "5.2.0",
      protect: false,
      retainOnDelete: false,
      deletedWith: "",
      ignoreChanges: [],
    },
    inputs: { name: "web", labels: [{ label: "a", value: "b" }], build: { context: "." } },
  };
  const recorded: Recorded = {
    ...{ urn: "urn", type: "docker:index/container:Container", parent: stack, provider: byDefault },
    inputs: {
      __defaults: ["waitTimeout"],
      ...{ name: "web", waitTimeout: 60, start: true },
      labels: [{ __defaults: [], label: "a", value: "b" }],
      build: { __defaults: [], context: ".", remove: true },
    },
  };

  test("is the same beside what the provider adds", () => {
    assert.equal(isAsRecorded(registered, recorded), true);
  });

  for (const [what, change] of Object.entries({
    "its parent": { parent: "" },
    "another version of the provider": { version: "5.3.0" },
    "its provider": { provider: "urn:pulumi:dev::shop::pulumi:providers:docker::engine::id" },
    "its protection": { protect: true },
    "what happens to it at destroy": { retainOnDelete: true },
    "a value": { inputs: { ...registered.inputs, name: "api" } },
    "a key more": { inputs: { ...registered.inputs, memory: 64 } },
    "an element more": { inputs: { ...registered.inputs, labels: [{ label: "a", value: "b" }, {}] } },
    "a key less of an element": { inputs: { ...registered.inputs, labels: [{ label: "a" }] } },
    "a key less": { inputs: { labels: registered.inputs.labels, build: registered.inputs.build } },
    "another value of what the provider adds": { inputs: { ...registered.inputs, waitTimeout: 30 } },
  } satisfies Record<string, Partial<Registered>>)) {
    test(`is another one by ${what}`, () => {
      assert.equal(isAsRecorded({ ...registered, ...change }, recorded), false);
    });
  }

  test("keeps what the state has of a key that it ignores", () => {
    const change = { inputs: { ...registered.inputs, labels: [] } };
    assert.equal(isAsRecorded({ ...registered, ...change, ignoreChanges: ["labels"] }, recorded), true);
  });

  test("is another one where the state says that it does not start", () => {
    assert.equal(
      isAsRecorded(registered, { ...recorded, inputs: { ...recorded.inputs, start: false } }),
      false,
    );
  });

  test("tells nothing from null, and a list from an object", () => {
    assert.equal(isSame({ a: undefined }, { a: null }), true);
    assert.equal(isSame([], {}), false);
    assert.equal(isSame(["1"], [1]), false);
  });
});

describe("a secret", () => {
  const [salt, nonce] = [randomBytes(8), randomBytes(12)];
  const lock = (text: string, passphrase: string) => {
    const key = pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256");
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const locked = [cipher.update(text), cipher.final(), cipher.getAuthTag()];
    return `v1:${nonce.toString("base64")}:${Buffer.concat(locked).toString("base64")}`;
  };
  const encryptionSalt = `v1:${salt.toString("base64")}:${lock("pulumi", "right")}`;
  const marked = (text: string) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    ciphertext: lock(JSON.stringify(text), "right"),
  });

  test("of the state is opened by the stack's passphrase, wherever the secret stands", async () => {
    const opener = await openerOf("right", encryptionSalt);
    assert.ok(opener);
    assert.deepEqual(
      openedValue({ envs: ["A=1", marked("B=2")] }, opener, (plain) => plain),
      { envs: ["A=1", "B=2"] },
    );
  });

  test("stays closed for another passphrase, and without one", async () => {
    assert.equal(await openerOf("wrong", encryptionSalt), undefined);
    assert.throws(() => openedValue([marked("B=2")], undefined, (plain) => plain), /cannot be opened/);
  });

  test("of a stack's file is opened as Pulumi opens it: each value is a text, and keys stand in order", async () => {
    const opener = await openerOf("right", encryptionSalt);
    const config = {
      ...{ "shop:port": 8080, "shop:debug": true, "shop:name": "web", "shop:none": null },
      "shop:password": { secure: lock("hunter2", "right") },
      "shop:services": {
        web: { secure: lock("a", "right"), image: "b" },
        api: [1, { secure: lock("c", "right") }],
      },
    };
    assert.deepEqual(openedConfig(config, opener), {
      config: {
        ...{ "shop:port": "8080", "shop:debug": "true", "shop:name": "web", "shop:none": "null" },
        "shop:password": "hunter2",
        "shop:services": `{"api":[1,"c"],"web":{"image":"b","secure":"${lock("a", "right")}"}}`,
      },
      secretKeys: ["shop:password", "shop:services"],
    });
    assert.throws(() => openedConfig(config, undefined), /shop:password cannot be opened/);
  });

  test("of a program is compared by its value", () => {
    const sent = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: ["B=2"] };
    assert.deepEqual(withoutMarks({ envs: sent }), { envs: ["B=2"] });
  });
});
