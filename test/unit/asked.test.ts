import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { after, describe, test } from "node:test";
import { answer, asked, asking, readAnswers, withAnswers } from "../../components/local/asked.ts";

describe("what a command wants of a program", () => {
  after(() => {
    delete process.env.PULUMI_COMPOSE_ASKED;
  });

  test("is nothing, unless the environment says so", () => {
    assert.deepEqual(asked(), {});
    answer({ config: "nobody reads this" });
  });

  test("is answered in the order of the projects, for nobody without the key, in a folder that goes", async () => {
    const place = await withAnswers((answers, folder) => {
      assert.deepEqual(readAnswers(answers), []);
      Object.assign(process.env, asking({ answers, oneOff: "web" }));
      assert.equal(asked().oneOff, "web");
      answer({ password: "correct-horse" });
      answer({ second: true });
      assert.deepEqual(readAnswers(answers), [{ password: "correct-horse" }, { second: true }]);
      const text = readFileSync(answers.file, "utf8");
      assert.doesNotMatch(Buffer.from(text, "base64").toString("latin1"), /correct-horse|password/);
      assert.equal(statSync(answers.file).mode & 0o777, 0o600);
      assert.throws(() => readAnswers({ ...answers, key: "0".repeat(64) }));
      return Promise.resolve(folder);
    });
    assert.equal(existsSync(place), false);
  });
});
