import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { whyNoServer } from "./server.ts";
import { ShopOnServer } from "./shop-on-server.ts";

describe("a server whose disk is full", { skip: whyNoServer() ?? false }, () => {
  let shop: ShopOnServer;
  before(async () => {
    shop = await ShopOnServer.start({ disk: "1g" });
  });
  after(() => shop.end());

  test("fails an up, which says why, and the next one with room again converges", async () => {
    const { server, stack } = shop;
    await server.engine.inside('dd if=/dev/zero of="$0/data/full" bs=64k 2>"$0/dd"; true');
    const doctor = await stack.command("doctor");
    assert.equal(doctor.code, 1, doctor.output);
    assert.match(doctor.output, /the server's disk is almost full: 0\.0 GiB of 1\.0 GiB free/);
    const { code, output } = await stack.command("up", "--yes");
    assert.notEqual(code, 0, output);
    assert.match(output, /no space left on device/);
    await server.engine.inside('rm "$0/data/full"');
    await stack.recover();
    await assertNoChanges(stack);
  });
});
