import assert from "node:assert/strict";
import { test } from "node:test";
import { freePorts } from "../fixture/ports.ts";

test("no two tests get one host port, also where nobody listens on the port yet", async () => {
  const ports = [...(await freePorts(150)), ...(await freePorts(150))];
  assert.equal(new Set(ports).size, ports.length);
});
