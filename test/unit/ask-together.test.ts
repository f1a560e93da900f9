import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { askTogether } from "../../components/engine/ask-together.ts";

/** Answers when the other one of two has been asked as well. */
const docker = `#!/bin/sh
folder=$(dirname "$0")
case $1 in
  one) other=two ;;
  two) other=one ;;
  *) echo found; echo "no such $1" >&2; exit 1 ;;
esac
: > "$folder/$1"
while [ ! -e "$folder/$other" ]; do :; done
printf '%s\\n\\n%s\\n' "$1" "$2"
`;

describe("several questions to Docker's command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "ask-"));
  const { PATH } = process.env;
  before(() => {
    writeFileSync(join(folder, "docker"), docker, { mode: 0o755 });
    process.env.PATH = [folder, PATH].join(delimiter);
  });
  after(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  test("are asked at the same time, and each has its own answer", () => {
    assert.deepEqual(askTogether({ first: ["one", "of two"], none: undefined, second: ["two", "of two"] }), {
      first: { isWhole: true, lines: ["one", "of two"] },
      none: { isWhole: true, lines: [] },
      second: { isWhole: true, lines: ["two", "of two"] },
    });
  });

  test("have what was found as an answer, also where something was not", () => {
    assert.deepEqual(askTogether({ part: ["volume"] }), { part: { isWhole: false, lines: ["found"] } });
    assert.deepEqual(askTogether({ none: undefined }), { none: { isWhole: true, lines: [] } });
  });

  test("have no answer where there is no such command", () => {
    process.env.PATH = folder;
    rmSync(join(folder, "docker"));
    try {
      assert.deepEqual(askTogether({ any: ["ps"] }), { any: { isWhole: false, lines: [] } });
    } finally {
      process.env.PATH = [folder, PATH].join(delimiter);
    }
  });
});
