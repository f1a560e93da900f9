import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { checkOtherState } from "../../components/checks/other-state.ts";
import { deploymentIn, knownTo } from "../../components/local/stack-state.ts";
import type { EngineContainer, EnginePart } from "../../components/model/facts.ts";
import { said } from "./builders.ts";

const stack = { project: "shop", stack: "dev", command: "npx pulumi-compose up --take-over" };

function container(name: string, more: Partial<EngineContainer> = {}): EngineContainer {
  return { id: `id of ${name}`, name, project: "shop", state: "running", ports: [], mounts: [], ...more };
}

/** What is said to a state with these resources. */
function found(
  containers: readonly EngineContainer[],
  { networks = [], ...state }: Parameters<typeof knownTo>[0] & { networks?: readonly EnginePart[] } = {},
): string[] {
  return said(checkOtherState(stack, { containers, networks }, knownTo(state)));
}

const inState = (name: string, more: object = {}) => ({
  type: "docker:index/container:Container",
  id: `id of ${name}`,
  inputs: { name },
  ...more,
});
const network = { name: "shop_default", project: "shop", key: "default" };

describe("what the engine has of a stack", () => {
  test("and its state does not know, another state has", () => {
    assert.deepEqual(found([container("shop-web-1")], { networks: [network] }), [
      "state: stack dev is up, by another checkout's state or a state that was lost: the engine has 1 container and 1 network " +
        "of the stack that this state does not know (`shop-web-1`, `shop_default`)",
    ]);
  });

  test("is told by a few names where it is much, and what does not run is not up", () => {
    const [message] = found([1, 2, 3, 4, 5, 6].map((n) => container(`shop-w-${n}`, { state: "exited" })));
    assert.match(message ?? "", /is on the engine.*6 containers of.*`shop-w-4` and 2 more\)$/);
  });

  test("is made anew under a name that the state knows by another id: the state's is lost", () => {
    const resources = [inState("shop-web-1", { id: "another" })];
    assert.equal(found([container("shop-web-1")], { resources }).length, 1);
  });

  test("is the state's own, also where it is to be removed, or was only begun when the update was killed", () => {
    const begun = { resource: { type: "docker:index/container:Container", inputs: { name: "shop-b-1" } } };
    const resources = [
      inState("shop-a-1", { delete: true }),
      { type: "docker:index/network:Network", id: "9", inputs: { name: "shop_default" } },
    ];
    const containers = [container("shop-a-1"), container("shop-b-1")];
    const state = { resources, pending_operations: [begun], networks: [network] };
    assert.deepEqual(found(containers, state), []);
  });

  test("is no matter of a state where Compose made it, or where it is another stack's or nobody's", () => {
    const nobodys: EngineContainer = { id: "x", name: "x", state: "running", ports: [], mounts: [] };
    const others = [
      container("shop-web-1", { byCompose: true }),
      container("y", { project: "other" }),
      nobodys,
    ];
    const networks = [{ ...network, byCompose: true }, { name: "bridge" }];
    assert.deepEqual(found(others, { networks }), []);
  });
});

test("a state knows its volumes by their names, and none whose making has only begun", () => {
  const volume = (name: string) => ({ type: "docker:index/volume:Volume", id: name, inputs: { name } });
  const { volumes } = knownTo({
    resources: [volume("shop_data"), inState("shop-web-1")],
    pending_operations: [{ resource: volume("shop_more") }],
  });
  assert.deepEqual([...volumes], ["shop_data"]);
});

describe("the file of a state", () => {
  test("is read compressed or not, and is refused where it was not written to its end", () => {
    const folder = mkdtempSync(join(tmpdir(), "super-team-state-"));
    const [plain, packed] = [join(folder, "dev.json"), join(folder, "dev.json.gz")];
    const deployment = { resources: [inState("a")] };
    const text = JSON.stringify({ version: 3, checkpoint: { latest: deployment } });
    writeFileSync(plain, text);
    writeFileSync(packed, gzipSync(text));
    writeFileSync(`${packed}.bak`, gzipSync(text));
    try {
      for (const file of [plain, packed, `${packed}.bak`]) assert.deepEqual(deploymentIn(file), deployment);
      for (const cut of ["", text.slice(0, -5), "{}"]) {
        writeFileSync(plain, cut);
        assert.throws(() => deploymentIn(plain));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
