import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Changes, ServiceChange } from "../../components/changes/changes.ts";
import { commentOf, type Comment } from "../../components/changes/markdown.ts";
import { mistake, warning } from "../../components/findings/finding.ts";

function replaced(service: string, more: Partial<ServiceChange> = {}): ServiceChange {
  return {
    service,
    what: "replaced",
    replicas: { before: 1, after: 1 },
    job: false,
    builds: false,
    update: { order: "start-first", gap: "none", because: "the gateway moves its traffic over" },
    keys: [{ path: "environment.TTL", what: "changed", before: "1", after: "2", secret: false, secrets: [] }],
    data: { kept: [], empty: [] },
    drift: [],
    ...more,
  };
}

function comment(
  services: readonly ServiceChange[],
  more: Partial<Comment> = {},
  whole: Partial<Changes> = {},
) {
  const changes: Changes = {
    project: "shop",
    isNew: false,
    services,
    networks: [],
    volumes: [],
    routes: [],
    ports: [],
    handOvers: [],
    ...whole,
  };
  const topology = { web: ["db"], db: [], worker: ["db"], other: [] };
  return commentOf({
    subject: "the stack test of shop",
    projects: [{ changes, topology }],
    findings: [],
    succeeded: true,
    differs: services.length > 0,
    printed: "Previewing update (test):\n",
    ...more,
  });
}

describe("a comment", () => {
  test("says the verdict, the services in a table, what changes, and the picture", () => {
    const update = {
      order: "stop-first",
      gap: "gap",
      because: "no route leads to it",
      seconds: 3.8,
    } as const;
    const lines = comment([replaced("web", { update, data: { kept: ["shop_data"], empty: [] } })]).split(
      "\n",
    );
    assert.deepEqual(lines, [
      "### 1 service replaced with a gap of about 4 s, all data kept",
      "",
      "Preview of the stack test of shop.",
      "",
      "| service | change | containers | gap | data |",
      "| --- | --- | --- | --- | --- |",
      "| web | replaced | 1 | about 4 s | shop\\_data kept |",
      "",
      "- **web** is replaced stop-first, with a gap of about 4 s (no route leads to it)",
      "  - environment.TTL 1 → 2",
      "",
      "```mermaid",
      "flowchart LR",
      "  classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328",
      '  s0["web (changed)"]:::changed',
      '  s1["db"]',
      "  s0 --> s1",
      "```",
      "",
      "<details><summary>What Pulumi printed</summary>",
      "",
      "```text",
      "Previewing update (test):",
      "```",
      "",
      "</details>",
      "",
    ]);
  });

  test("tells what is new, changed and gone in the picture, and nothing of services far away", () => {
    const text = comment([
      replaced("web", { what: "added", keys: [] }),
      replaced("old", { what: "removed", keys: [] }),
      replaced("worker"),
    ]);
    assert.match(text, /s0\["web \(new\)"\]:::new/);
    assert.match(text, /s1\["old \(gone\)"\]:::gone/);
    assert.match(text, /s2\["worker \(changed\)"\]:::changed/);
    assert.doesNotMatch(text, /"other"/);
  });

  test("says that nothing changes, and of a change that no service has, that it is there", () => {
    assert.match(comment([]), /^### nothing changes\n/);
    assert.match(comment([], { differs: true }), /^### no container changes, and other resources do\n/);
  });

  test("lists mistakes and warnings with their file and line", () => {
    const at = {
      file: "compose.yaml",
      line: 12,
      path: "services.web.ports.0",
      message: "is taken",
      fix: "free it",
    };
    const text = comment([], {
      findings: [mistake("port-taken", at), warning("no-effect", at)],
      succeeded: false,
    });
    assert.match(text, /^### 1 mistake: `up` would refuse the stack\n/);
    assert.match(text, /\n- mistake: compose\.yaml:12: services\.web\.ports\.0: is taken \(free it\)/);
    assert.match(text, /\n- warning: compose\.yaml:12:/);
    assert.match(comment([], { succeeded: false }), /^### the preview failed\n/);
  });

  test("says of a swarm what runs where, and what is not as the last up left it", () => {
    const web = { service: "web", node: "node_1", state: "running", error: "" };
    const swarm = {
      tasks: [web, { ...web, node: "-", state: "pending", error: "no suitable node" }],
      problems: ["web: the swarm took the last update back: a new container exited"],
    };
    const text = comment([replaced("web")], { swarm });
    const [, said = ""] = text.split("\n```\n\n");
    assert.equal(
      said.slice(0, said.indexOf("</details>")),
      [
        "The swarm is not as the last `up` left it:",
        "",
        "- web: the swarm took the last update back: a new container exited",
        "",
        "<details><summary>What runs where</summary>",
        "",
        "| service | node | state |",
        "| --- | --- | --- |",
        "| web | node\\_1 | running |",
        "| web | - | pending: no suitable node |",
        "",
        "",
      ].join("\n"),
    );
    assert.doesNotMatch(
      comment([], { swarm: { tasks: [], problems: [] } }),
      /What runs where|not as the last/,
    );
  });

  test("of 200 services of which one changes has fewer than 60 lines", () => {
    const topology = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`s${index}`, index === 0 ? [] : [`s${index - 1}`]]),
    );
    const text = commentOf({
      subject: "the stack dev of large",
      projects: [
        {
          changes: {
            project: "large",
            isNew: false,
            services: [replaced("s100")],
            networks: [],
            volumes: [],
            routes: [],
            ports: [],
            handOvers: [],
          },
          topology,
        },
      ],
      findings: [],
      succeeded: true,
      differs: true,
      // As Pulumi prints one replaced container.
      printed: Array.from({ length: 22 }, () => "  ~ labels").join("\n"),
    });
    assert.ok(text.split("\n").length < 60, text);
  });

  test("is short enough for GitHub, whole in its parts, and closed at its end, whatever changes", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 300 });
    const value = fc.oneof(word, fc.constantFrom("```", "</details>", "| a | b |", "<!--", "````\n````"));
    const key = fc.record({ path: word, after: value, what: fc.constant("added" as const) });
    fc.assert(
      fc.property(
        fc.array(fc.array(key, { maxLength: 30 }), { maxLength: 60 }),
        value,
        (services, printed) => {
          const text = comment(
            services.map((keys, index) =>
              replaced(`service-${index}`, {
                keys: keys.map((one) => ({ ...one, secret: false, secrets: [] })),
              }),
            ),
            { printed: `${printed}\n`.repeat(300) },
          );
          assert.ok(text.length < 65_536, String(text.length));
          assert.ok(text.endsWith("\n</details>\n"));
          assert.equal(text.match(/^<details>/gm)?.length, 1);
          const folded = text.slice(text.lastIndexOf("<details><summary>What Pulumi printed"));
          const [fence = ""] = /^`{3,}/m.exec(folded) ?? [];
          assert.equal(folded.split("\n").filter((line) => line.startsWith(fence)).length, 2);
        },
      ),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 30) },
    );
  });
});
