import assert from "node:assert/strict";
import { test } from "node:test";
import { limitArguments, limitsLeftOut } from "../../components/provider/container-limits.ts";

test("a limit is changed in place where the service has the limit, and goes only with a new container", () => {
  const left = limitsLeftOut(limitArguments({ mem_limit: "64m" }));
  assert.ok(!left.includes("memory") && !left.includes("memorySwap"));
  assert.ok(left.includes("cpuShares") && left.includes("memoryReservation"));
});
