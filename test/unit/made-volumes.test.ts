import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  checkChangedVolumes,
  checkHalfRestored,
  checkRestoresInSwarm,
  checkLostVolumes,
} from "../../components/checks/made-volumes.ts";
import { volumesLeft } from "../../components/plan/volumes-left.ts";
import { said } from "./builders.ts";

describe("a volume that the stack has no longer", () => {
  test("is left part of it, also when a key has had several volumes", () => {
    const volumes = { data: { name: "shop_data2" } };
    assert.deepEqual(volumesLeft(volumes, ["shop_data", "shop_data1"]), {
      shop_data: { name: "shop_data", outlives: false },
      shop_data1: { name: "shop_data1", outlives: false },
    });
  });

  test("is not one that has only another key", () => {
    assert.deepEqual(volumesLeft({ files: { name: "shop_data" } }, ["shop_data"]), {});
  });

  test("is not the stack's to remove where it is somebody else's now", () => {
    assert.deepEqual(volumesLeft({ data: { name: "shop_data", external: true } }, ["shop_data"]), {
      shop_data: { name: "shop_data", outlives: true },
    });
  });
});

describe("a volume that is on the engine", () => {
  const made = { shop_data: { driver: "local", options: { type: "tmpfs", size: "10" } } };

  test("is what it is defined as, whatever the order", () => {
    const driver_opts = { size: "10", type: "tmpfs" };
    assert.deepEqual(checkChangedVolumes({ data: { name: "shop_data", driver_opts } }, made), []);
  });

  test("is not made anew with other options", () => {
    const [mistake] = checkChangedVolumes(
      { data: { name: "shop_data", driver_opts: { type: "tmpfs", size: "20" } } },
      made,
    );
    assert.equal(mistake?.path, "volumes.data");
    assert.match(mistake.fix, /npx pulumi-compose backup/);
  });

  test("is no mistake before it is there", () => {
    assert.deepEqual(checkChangedVolumes({ data: { name: "shop_new", driver: "nfs" } }, made), []);
  });
});

describe("a volume that is being restored", () => {
  const through = { id: "1", name: "shop_data-backup", state: "created", ports: [], mounts: ["shop_data"] };

  test("is a mistake, since a restore that was killed leaves it with a part of its data", () => {
    const found = checkHalfRestored({ data: { name: "shop_data" } }, [{ ...through, restores: "shop_data" }]);
    assert.deepEqual(said(found), [
      "volumes.data: a restore is filling volume `shop_data`, or was stopped while it did: the volume may have only a part of its data",
    ]);
    assert.match(found[0]?.fix ?? "", /docker rm shop_data-backup.*docker volume rm shop_data/);
  });

  test("is the same in a swarm, whose notes tell of it", () => {
    const volumes = { data: { name: "shop_data" }, other: { name: "shop_other" } };
    const found = checkRestoresInSwarm(volumes, { shop_data: "restore_shop_data-1" });
    assert.deepEqual(said(found), [
      "volumes.data: a restore is filling volume `shop_data`, or was stopped while it did: the volume may have only a part of its data",
    ]);
    assert.match(found[0]?.fix ?? "", /docker volume rm shop_data; .*docker config rm restore_shop_data-1 /);
  });

  test("is none that is being backed up, or is another", () => {
    assert.deepEqual(checkHalfRestored({ data: { name: "shop_data" } }, [through]), []);
    assert.deepEqual(
      checkHalfRestored({ data: { name: "shop_data" } }, [{ ...through, restores: "other" }]),
      [],
    );
  });
});

describe("a volume that the state has, and the engine has no longer", () => {
  const restore = (key: string) => `restore ${key}`;
  const lost = (volume: object, known: readonly string[], onEngine: readonly string[]) =>
    checkLostVolumes(
      { data: { name: "shop_data", ...volume } },
      new Set(known),
      onEngine.map((name) => ({ name })),
      restore,
    );

  test("is a warning with the command that restores the volume", () => {
    const [warning, ...others] = lost({}, ["shop_data"], ["shop_other"]);
    assert.deepEqual([warning?.kind, warning?.name, others.length], ["warning", "lost-volume", 0]);
    assert.match(warning?.message ?? "", /^volume `shop_data` was removed outside of Pulumi/);
    assert.match(warning?.fix ?? "", /restore data$/);
  });

  test("is not one that is new, or there, or another project's", () => {
    assert.deepEqual(lost({}, [], []), []);
    assert.deepEqual(lost({}, ["shop_data"], ["shop_data"]), []);
    assert.deepEqual(lost({ external: true }, ["shop_data"], []), []);
  });
});
