import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { printable } from "../../components/findings/printable.ts";
import { clearWords } from "../../components/model/clear-words.ts";
import { withoutSecrets } from "../../components/model/masking.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const upper = (text: string) => text.replace(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase());
const lower = (text: string) => text.replace(/%[0-9a-f]{2}/gi, (code) => code.toLowerCase());
/** Python's `quote`, which leaves less as it is than JavaScript does. */
const quoted = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** How programs write what they were given. */
const forms: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "in a URL": encodeURIComponent,
  "in a URL, in capitals": (secret) => upper(quoted(secret)),
  "in a URL, in small letters": (secret) => lower(quoted(secret)),
  "in a query": (secret) => quoted(secret).replaceAll("%20", "+"),
  "in JSON": (secret) => JSON.stringify(secret).slice(1, -1),
  "in JSON of ASCII alone": (secret) =>
    JSON.stringify(secret)
      .slice(1, -1)
      .replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "in JSON in JSON": (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  "in HTML": (secret) =>
    secret.replace(
      /[&<>"']/g,
      (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter] ?? "&#x27;",
    ),
  "in HTML by numbers": (secret) => secret.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`),
  "by repr": (secret) => secret.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n"),
  "by repr of bytes": (secret) =>
    [...Buffer.from(secret.replaceAll("\\", "\\\\"))]
      .map((byte) =>
        byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte),
      )
      .join(""),
  "in a shell's quotes": (secret) => secret.replaceAll("'", `'\\''`),
  "in SQL's quotes": (secret) => secret.replaceAll("'", "''"),
  "in CSV's quotes": (secret) => secret.replaceAll('"', '""'),
  "in base64": base64,
  "in base64 of a URL": (secret) => Buffer.from(secret).toString("base64url"),
  "in base64 behind a user": (secret) => base64(`user:${secret}`),
  "in base64 behind another user": (secret) => base64(`admin:${secret}`),
  "in base64 before more": (secret) => base64(`a:${secret}@host`),
  "in JSON in a URL": (secret) => encodeURIComponent(JSON.stringify(secret)),
  "in a URL in JSON": (secret) => JSON.stringify(encodeURIComponent(secret)).slice(1, -1),
};

describe("a text that may hold a secret", () => {
  const secret = `p@ss/w#rd "it's" 100% é`;
  for (const [title, form] of Object.entries(forms)) {
    test(`has it taken away ${title}`, () => {
      const text = withoutSecrets(`cannot reach <${form(secret)}> or <${form(secret)}>`, [secret]);
      assert.match(text, /^cannot reach <[^>]*\[secret\][^>]*> or <[^>]*\[secret\][^>]*>$/);
      assert.doesNotMatch(text, /w#rd|w%23rd|it/);
    });
  }

  test("has any secret taken away, in any form", () => {
    const secrets = fc.oneof(
      fc.string({ minLength: 8, maxLength: 40, unit: "grapheme-ascii" }),
      fc.string({ minLength: 8, maxLength: 40, unit: "grapheme" }),
      fc.stringMatching(/^[%+&'"\\/ a-f0-9<>=-]{8,30}$/),
    );
    fc.assert(
      fc.property(secrets, fc.constantFrom(...Object.values(forms)), (secret, form) => {
        fc.pre(secret.trim().length >= 8 && secret.isWellFormed() && new Set(secret).size > 3);
        // What was left of it would say something.
        const text = withoutSecrets(`seen: ${form(secret)}`, [secret]);
        assert.match(text, /\[secret\]/);
        assert.ok(!text.includes(form(secret)), text);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test("has every part of eight characters taken away, in any form", () => {
    const plain = fc.string({
      minLength: 16,
      maxLength: 40,
      unit: fc.constantFrom(...Array.from("abcXYZ019%+/'\"\\&<é")),
    });
    fc.assert(
      fc.property(plain, fc.nat(8), fc.constantFrom(...Object.values(forms)), (secret, start, form) => {
        const part = secret.slice(start, start + 8);
        fc.pre(new Set(part).size > 3 && new Set(secret).size > 3);
        // A form of a part may be the form of nothing: an escape that was cut.
        const isCut = /[%&\\'"]/.test(part);
        if (isCut) return;
        assert.match(withoutSecrets(`seen: ${form(part)}`, [secret]), /\[secret\]/);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test("keeps what is no secret", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(text.isWellFormed());
        assert.equal(withoutSecrets(text, ["Zq7#never-seen-anywhere"]), text);
      }),
      { numRuns: 500, seed: 1 },
    );
    const log = "2026-01-01 GET /api/v1?x=%20&y='' \"\" \\n dXNlcjpwYXNz 100% sure";
    assert.equal(withoutSecrets(log, ["Zq7#never-seen-anywhere"]), log);
  });

  test("loses the whole of a secret that begins like another one", () => {
    assert.equal(withoutSecrets("abc abcdef", ["abc", "abcdef"]), "[secret] [secret]");
  });

  test("loses every line of a secret of several, however far in, and of how few there is a rest", () => {
    const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\nc2VjcmV0LWxpbmUy\n\n  tail\n-----END KEY-----\n";
    const log = "last 2 log lines:\n  c2VjcmV0LWxpbmUy\n  -----END KEY-----\n  a tail\n";
    assert.equal(withoutSecrets(log, [key]), "last 2 log lines:\n  [secret]\n  [secret]\n  a tail\n");
    assert.equal(withoutSecrets(`<${key}> ${JSON.stringify(key)}`, [key]), '<[secret]> "[secret]"');
    assert.equal(withoutSecrets('{"key": "MIIEvQIBADANBgkq\\r\\nc2Vj', [key]), '{"key": "[secret]');
  });

  test("loses a secret that ends in a line break, as one from a file may, without it too", () => {
    assert.equal(withoutSecrets("<hunter2>", ["hunter2\n"]), "<[secret]>");
  });

  test("keeps a part that is a word in clear by itself, and loses the secret all the same", () => {
    const [secret, clear] = ["superteam_secret", ["superteam", "postgres"]];
    const masks = (text: string) => withoutSecrets(text, [secret], clear);
    assert.equal(masks('no database "superteam"'), 'no database "superteam"');
    assert.equal(masks("superteam:superteam_secret@db/superteam"), "superteam:[secret]@db/superteam");
    // More of the secret than the word is a part of the secret.
    for (const part of ["superteam_", "uperteam", "superteam_s"])
      assert.equal(masks(`<${part}>`), "<[secret]>");
    assert.equal(withoutSecrets("<superteam>", ["superteam"], clear), "<[secret]>");
  });

  test("is no part of the words that a service's variables have in clear", () => {
    const environment = {
      DATABASE_URL: "postgresql://shop_user:${dbPassword}@postgres:5432/shop_data",
      POSTGRES_PASSWORD: "a-password-in-clear",
      UPSTREAM: "http://ada:in-clear-too@upstream/",
      EMPTY: null,
    };
    assert.deepEqual(clearWords({ environment }), [
      "postgresql",
      "shop_user",
      "postgres",
      "5432",
      "shop_data",
    ]);
  });

  test("stays what it is where a secret is empty", () => {
    assert.equal(withoutSecrets("nothing to hide", [""]), "nothing to hide");
  });

  test("of a megabyte is read in seconds", () => {
    const begin = performance.now();
    withoutSecrets("%41\\u0041&amp;x".repeat(80_000), ["correct-horse-battery-staple"]);
    assert.ok(performance.now() - begin < 10_000);
  });
});

describe("a text for a terminal", () => {
  test("has no colours, no titles and no cursor moves", () => {
    assert.equal(
      printable("\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2Jdone\u001b(B\u001bc"),
      "red done",
    );
  });

  test("has control characters written out, and its lines and tabs kept", () => {
    assert.equal(printable("a\tb\r\nc\rd\u0007\u0000\u009b1m\u202e"), "a\tb\nc\nd\\x07\\x00\\x9b1m\\u202e");
  });

  test("still loses a secret with a control character", () => {
    assert.equal(withoutSecrets(printable("<abcdefg\u0001hijklm>"), ["abcdefg\u0001hijklm"]), "<[secret]>");
  });
});
