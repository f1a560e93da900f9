import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { untilRouted } from "../../components/engine/route-files.ts";

/** Asks a gateway of the test's own until it answers well, and notes what came before. */
async function ask(t: TestContext, answer: RequestListener): Promise<readonly string[]> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const seen: string[] = [];
  const probe = { address: `127.0.0.1:${port}`, tls: false, path: "/-/way", header: "x-way" };
  assert.equal(await untilRouted(probe, (instead) => seen.push(instead)), undefined);
  return seen;
}

test("a route is published when the gateway answers well by its own way", async (t) => {
  let asked = 0;
  const seen = await ask(t, (_request, response) => {
    asked += 1;
    if (asked === 1) return response.writeHead(404).end();
    // Another route takes every path.
    if (asked === 2) return response.writeHead(200).end();
    if (asked === 3) return response.writeHead(502, { "x-way": "/-/way" }).end();
    return response.writeHead(204, { "x-way": "/-/way" }).end();
  });
  assert.deepEqual(seen, ["404 Not Found", "200 OK, of another route", "502 Bad Gateway"]);
});
