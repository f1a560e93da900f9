import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutSecrets } from "../../components/model/masking.ts";

describe("a text that may hold a secret", () => {
  const secret = `p@ss/w#rd "it's" 100%`;
  const forms = {
    "as it is": secret,
    "in a URL": encodeURIComponent(secret),
    "in JSON": JSON.stringify(secret).slice(1, -1),
    "in a shell's quotes": `p@ss/w#rd "it'\\''s" 100%`,
    "in base64": Buffer.from(secret).toString("base64"),
  };
  for (const [title, form] of Object.entries(forms)) {
    test(`has it taken away ${title}`, () => {
      assert.equal(
        withoutSecrets(`cannot reach <${form}> or <${form}>`, [secret]),
        "cannot reach <[secret]> or <[secret]>",
      );
    });
  }

  test("loses the whole of a secret that begins like another one", () => {
    assert.equal(withoutSecrets("abc abcdef", ["abc", "abcdef"]), "[secret] [secret]");
  });

  test("loses every line of a secret of several, however far in, and of how few there is a rest", () => {
    const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\nc2VjcmV0LWxpbmUy\n\n  tail\n-----END KEY-----\n";
    const log = "last 2 log lines:\n  c2VjcmV0LWxpbmUy\n  -----END KEY-----\n  a tail\n";
    assert.equal(withoutSecrets(log, [key]), "last 2 log lines:\n  [secret]\n  [secret]\n  a tail\n");
    assert.equal(withoutSecrets(`<${key}> ${JSON.stringify(key)}`, [key]), '<[secret]> "[secret]"');
    assert.equal(withoutSecrets('{"key": "MIIEvQIBADANBgkq\\r\\nc2Vj', [key]), '{"key": "[secret]\\r\\nc2Vj');
  });

  test("loses a secret that ends in a line break, as one from a file may, without it too", () => {
    assert.equal(withoutSecrets("<hunter2>", ["hunter2\n"]), "<[secret]>");
  });

  test("stays what it is where a secret is empty", () => {
    assert.equal(withoutSecrets("nothing to hide", [""]), "nothing to hide");
  });
});
