import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { followUpdate } from "../../components/cli/update-report.ts";

test("the failures of an update are its errors, without colours, by resource", async (context) => {
  const said: unknown[] = [];
  context.mock.method(console, "error", (text: unknown) => said.push(text));
  const urn =
    "urn:pulumi:dev::shop::pulumi-compose:index:Project$docker:index/container:Container::shop-web-1";
  const events = [
    { resOutputsEvent: { metadata: { op: "create", urn } } },
    { resOutputsEvent: { metadata: { op: "same", urn } } },
    { diagnosticEvent: { urn, message: "waits for web", severity: "info" } },
    {
      diagnosticEvent: {
        urn,
        message: "<{%reset%}>error: web exited with code 1<{%reset%}>\n",
        severity: "error",
      },
    },
    {
      diagnosticEvent: {
        urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev",
        message: "update failed",
        severity: "error",
      },
    },
  ];
  const lines = [...events.map((event) => JSON.stringify(event)), "no event"].join("\n");
  assert.deepEqual(await followUpdate(Readable.from([lines])), [
    { resource: "shop-web-1", message: "web exited with code 1" },
    { resource: null, message: "update failed" },
  ]);
  assert.deepEqual(said, [
    "create shop-web-1",
    "waits for web",
    "web exited with code 1",
    "update failed",
    "no event",
  ]);
});
