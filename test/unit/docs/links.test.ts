import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, test } from "node:test";
import { page, pages, type Page } from "../../fixture/markdown.ts";

const repository = join(import.meta.dirname, "..", "..", "..");
const all = pages();

/** What GitHub makes of a heading: small letters, hyphens for blanks, no other marks. */
function anchorsOf({ prose }: Page): string[] {
  return prose
    .filter((line) => /^#+ /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, "")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    );
}

/** Every place in the prose of a page that a pattern matches, for a message: `README.md:12`. */
function found({ path, prose }: Page, pattern: RegExp): { readonly place: string; readonly text: string }[] {
  return prose.flatMap((line, index) =>
    [...line.matchAll(pattern)].map(([, text = ""]) => ({ place: `${path}:${index + 1}`, text })),
  );
}

describe("pages", () => {
  for (const each of all) {
    const folder = dirname(each.path);

    test(`${each.path} links to files and headings that are there`, () => {
      const broken = found(each, /\]\(([^)\s]+)\)/g)
        .filter(({ text }) => !/^[a-z]+:/.test(text))
        .filter(({ text }) => {
          const [file = "", anchor] = text.split("#");
          const path = file === "" ? each.path : normalize(join(folder, file));
          if (!existsSync(join(repository, path))) return true;
          return anchor !== undefined && !anchorsOf(page(path)).includes(anchor);
        });
      assert.deepEqual(broken, []);
    });

    test(`${each.path} names files of the repository that are there`, () => {
      const missing = found(
        each,
        /`((?:components|systems|scripts|images|toolchain|test|docs)\/[^`\s*<…]*|[\w-]+\/)`/g,
      ).filter(
        ({ text }) =>
          ![repository, join(repository, folder), join(repository, "components")].some((from) =>
            existsSync(join(from, text)),
          ),
      );
      assert.deepEqual(missing, []);
    });
  }

  test("README.md has at most 1,500 words", () => {
    const { prose, blocks } = page("README.md");
    const text = [...prose, ...blocks.map(({ code }) => code)].join("\n");
    const words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
    assert.ok(words.length <= 1500, `README.md has ${words.length} words`);
  });

  test("README.md leads to every page of docs/", () => {
    const linked = found(page("README.md"), /\]\((docs\/[^)#\s]+)/g).map(({ text }) => text);
    const there = all.map(({ path }) => path).filter((path) => path.startsWith("docs/"));
    assert.deepEqual([...new Set(linked)].sort(), there);
  });
});
