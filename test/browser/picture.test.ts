import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Changes, ServiceChange } from "../../components/changes/changes.ts";
import { picture } from "../../components/changes/picture.ts";
import { whyNoBrowser, withPage } from "../fixture/browser.ts";

function change(service: string, what: ServiceChange["what"], from?: string): ServiceChange {
  return {
    ...{ service, what, replicas: { before: 1, after: 1 }, job: false, builds: false, keys: [], drift: [] },
    data: { kept: [], empty: [] },
    ...(from === undefined ? {} : { from }),
  };
}

function changesOf(services: readonly ServiceChange[]): Changes {
  const none = { networks: [], volumes: [], routes: [], ports: [], handOvers: [] };
  return { project: "shop", isNew: false, services, ...none };
}

/** Names that are words of Mermaid's own language among them. */
const drawn = picture(
  changesOf([
    change("web", "replaced"),
    change("end", "added"),
    change("graph", "removed"),
    change("api-2", "renamed", "api_1"),
    change("class.x", "drifted"),
  ]),
  {
    web: ["db", "end", "api-2"],
    end: ["db"],
    "api-2": ["db"],
    db: [],
    "class.x": ["subgraph"],
    subgraph: [],
  },
);

const many = Array.from({ length: 40 }, (_, index) => `service-${index}`);
const large = picture(
  changesOf(many.map((service) => change(service, "replaced"))),
  Object.fromEntries(many.map((service, index) => [service, many.slice(Math.floor(index / 2), index / 2)])),
);

/** What a browser has drawn. */
interface Drawn {
  readonly texts: readonly string[];
  readonly colours: readonly string[];
  readonly arrows: number;
}

/** Runs in the browser; as strict as GitHub is. */
const drawing = `async (text) => {
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
  const place = document.querySelector("#picture");
  place.innerHTML = (await mermaid.render("drawn", text)).svg;
  const nodes = [...place.querySelectorAll(".node")];
  return {
    texts: nodes.map((node) => node.textContent.trim()),
    colours: nodes.map((node) => getComputedStyle(node.querySelector("rect, polygon, path")).fill),
    arrows: place.querySelectorAll(".edgePaths path").length,
  };
}`;

test(
  "the picture of a comment is drawn by Mermaid, with what is new, changed and gone",
  { skip: whyNoBrowser },
  async () => {
    const mermaid = await readFile(new URL(import.meta.resolve("mermaid/dist/mermaid.min.js")), "utf8");
    await withPage(async (page) => {
      await page.setContent("<!doctype html><div id=picture></div>");
      await page.addScriptTag({ content: mermaid });
      const draw = async (lines: readonly string[]) => {
        const text = JSON.stringify(lines.slice(1, -1).join("\n"));
        return (await page.evaluate(`(${drawing})(${text})`)) as Drawn;
      };
      const { texts, colours, arrows } = await draw(drawn);
      const [changed, fresh, gone] = ["rgb(255, 248, 197)", "rgb(218, 251, 225)", "rgb(255, 235, 233)"];
      assert.deepEqual(texts, [
        ...["web (changed)", "end (new)", "graph (gone)", "api-2 (new)", "api_1 (gone)", "class.x (changed)"],
        ...["db", "subgraph"],
      ]);
      assert.deepEqual(colours.slice(0, 6), [changed, fresh, gone, fresh, gone, changed]);
      assert.equal(arrows, 6);
      const screenshot = process.env.SCREENSHOTS;
      if (screenshot !== undefined) await writeFile(join(screenshot, "picture.png"), await page.screenshot());
      assert.equal((await draw(large)).texts.at(-1), "and 10 more");
    });
  },
);
