import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { processOf } from "../../components/provider/process.ts";
import { planned, type Written } from "./builders.ts";

const image = { reference: "app:1", id: "sha256:1" };

const processes: [title: string, service: Written, process: Written][] = [
  ["nothing but what its image says", {}, {}],
  ["a command", { command: ["app", "--serve"] }, { command: ["app", "--serve"] }],
  ["an entrypoint", { entrypoint: ["/start"] }, { entrypoints: ["/start"] }],
  [
    "an entrypoint with a command",
    { entrypoint: ["/start"], command: ["app"] },
    { entrypoints: ["/start"], command: ["app"] },
  ],
  // The provider leaves an empty entrypoint out, and the image's would stay.
  [
    "a command in place of the image's entrypoint",
    { entrypoint: [], command: ["app", "--serve"] },
    { entrypoints: ["app", "--serve"] },
  ],
  // The provider refuses an empty word in a command.
  [
    "a command with an empty word",
    { entrypoint: ["redis-server"], command: ["--save", ""] },
    { entrypoints: ["redis-server", "--save", ""] },
  ],
];

describe("a container runs", () => {
  for (const [title, service, expected] of processes) {
    test(title, () => {
      assert.deepEqual(processOf(planned(service).service, image), expected);
    });
  }
});
