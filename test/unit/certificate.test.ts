import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { tlsMistakes } from "../../systems/super-agent-team/certificate.ts";
import { said } from "./builders.ts";

describe("a gateway's certificate", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "certificate-"));
    for (const name of ["one", "other"]) make(name);
    const file = (name: string) => join(folder, name);
    openssl(
      "x509",
      "-in",
      file("one.pem"),
      "-signkey",
      file("one.key"),
      "-days",
      "-1",
      "-out",
      file("ended.pem"),
    );
    writeFileSync(join(folder, "text.pem"), "nothing of the kind\n");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function openssl(...args: readonly string[]): void {
    execFileSync("openssl", args, { stdio: "ignore" });
  }

  function make(name: string): void {
    const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(...made, "-subj", "/CN=localhost", "-days", "2", ...files);
  }

  const mistakes = (certFile: string, keyFile: string, more: object = {}) => {
    const stack = {
      tls: { certFile, keyFile },
      routing: "file" as const,
      override: { file: "Pulumi.prod.yaml" },
    };
    return tlsMistakes({ ...stack, ...more }, folder);
  };

  test("is one with its key, named from the project's folder or from the root", () => {
    assert.deepEqual(mistakes("one.pem", "one.key"), []);
    assert.deepEqual(mistakes(join(folder, "one.pem"), join(folder, "one.key")), []);
  });

  test("may be missing where the stack speaks HTTP, or has one from an authority", () => {
    assert.deepEqual(mistakes("", "", { tls: undefined }), []);
  });

  test("has to be there, and its key", () => {
    const file = (name: string) => join(folder, name);
    assert.deepEqual(said(mistakes("none.pem", "none.key")), [
      `tls.certFile: there is no file \`${file("none.pem")}\``,
      `tls.keyFile: there is no file \`${file("none.key")}\``,
    ]);
    assert.deepEqual(said(mistakes("text.pem", "text.pem")), [
      `tls.certFile: \`${file("text.pem")}\` is no certificate in PEM`,
      `tls.keyFile: \`${file("text.pem")}\` is no private key without a passphrase in PEM`,
    ]);
  });

  test("has to be valid, and its key to be its own", () => {
    const found = said(mistakes("ended.pem", "other.key"));
    assert.match(found[0] ?? "", /^tls\.certFile: `ended\.pem` has ended on /);
    assert.equal(found[1], "tls.keyFile: `other.key` is not the key of `ended.pem`");
    assert.equal(found.length, 2);
  });

  test("has to be readable for the gateway, who is root without its rights", (t) => {
    if (process.getuid?.() !== 0 || process.platform !== "linux") {
      t.skip("only root can give a file away");
      return;
    }
    const key = join(folder, "other.key");
    chownSync(key, 10001, 10001);
    chmodSync(key, 0o600);
    const [mistake] = mistakes("other.pem", "other.key");
    assert.match(mistake?.message ?? "", /nobody's but user 10001's/);
    assert.equal(mistake?.fix, `chown root ${key}`);
    chmodSync(key, 0o644);
    assert.deepEqual(mistakes("other.pem", "other.key"), []);
  });

  test("comes from files or from an authority, and by files only where routes do", () => {
    const acme = { email: "ops@example.com", domains: ["example.com"] };
    assert.deepEqual(said(mistakes("one.pem", "one.key", { acme, routing: "labels" })), [
      "acme: stands beside `tls`",
      "routing: the gateway reads certificate files with its routes, and this stack's come by labels",
    ]);
  });
});
