import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerDetails, EngineContainer, EnginePart } from "../../components/model/facts.ts";
import { named } from "../../components/model/engine-names.ts";
import {
  checkMovedVolumes,
  checkRenames,
  keptVolumes,
  leftContainers,
  leftVolumes,
  movedContainers,
} from "../../components/checks/renames.ts";
import { withData } from "../../components/checks/on-engine.ts";
import type { Model } from "../../components/model/model.ts";
import { said, modelFrom, type Written } from "./builders.ts";

const data = "/var/lib/postgresql/data";

function container(more: Partial<EngineContainer> = {}): EngineContainer {
  const service = more.service ?? "postgres";
  return {
    id: `id-of-${service}`,
    name: `shop-${service}-1`,
    project: "shop",
    service,
    state: "running",
    ports: [],
    mounts: ["shop_pgdata"],
    ...more,
  };
}

const details: Readonly<Record<string, ContainerDetails>> = {
  "id-of-postgres": { image: "postgres:16", volumes: { [data]: "shop_pgdata" } },
};

function database(volume: string, more: Written = {}): Written {
  return { image: "postgres:16", volumes: [{ type: "volume", source: volume, target: data }], ...more };
}

/** What is said of a stack where the engine has these containers. */
function mistakes(
  written: Model,
  containers: readonly EngineContainer[],
  volumes: readonly string[] = Object.keys(written.volumes).map((key) => `shop_${key}`),
): string[] {
  const left = leftContainers(written, "shop", volumes, containers);
  return said(checkRenames(written, "shop", left, details, containers));
}

const renamed = modelFrom({ services: { db: database("dbdata") }, volumes: { dbdata: {} } });

describe("a service that was renamed", () => {
  test("is refused where it leaves its data in a volume that nobody has any more", () => {
    assert.deepEqual(mistakes(renamed, [container()]), [
      "services.db: `db` takes the place of `postgres`, and would start without its data, which is in volume `shop_pgdata`",
    ]);
  });

  test("is told how to keep the volume, and how to begin without it", () => {
    const containers = [container()];
    const left = leftContainers(renamed, "shop", ["shop_dbdata"], containers);
    const [mistake] = checkRenames(renamed, "shop", left, details, containers);
    assert.match(mistake?.fix ?? "", /volumes\.dbdata\.name: shop_pgdata/);
    assert.match(mistake?.fix ?? "", /docker rm --force shop-postgres-1/);
  });

  test("is known by its image, too, where its volume lies elsewhere", () => {
    const moved = database("dbdata", {
      volumes: [{ type: "volume", source: "dbdata", target: "/elsewhere" }],
    });
    const written = modelFrom({ services: { db: moved }, volumes: { dbdata: {} } });
    assert.equal(mistakes(written, [container()]).length, 1);
  });

  test("may take its volume along", () => {
    assert.deepEqual(mistakes(renamed, [container()], ["shop_pgdata"]), []);
  });

  test("is none where it runs already: the old one only has to go", () => {
    const containers = [container(), container({ service: "db", mounts: ["shop_dbdata"] })];
    assert.deepEqual(mistakes(renamed, containers), []);
  });
});

describe("a service that is gone", () => {
  const without = modelFrom({ services: { web: { image: "web:1" } } });

  test("is no rename where nothing takes its place; its volume is left", () => {
    assert.deepEqual(mistakes(without, [container()]), []);
    assert.deepEqual(said(keptVolumes(leftContainers(without, "shop", [], [container()]))), [
      "services.postgres: the service is no longer in the stack; its data stays in `shop_pgdata`",
    ]);
  });

  test("leaves nothing behind in volumes without a name, nor on the host", () => {
    const mounts = ["a".repeat(64), "/srv/data"];
    assert.deepEqual(leftContainers(without, "shop", [], [container({ mounts })]), []);
  });

  test("is no business of another project's", () => {
    assert.deepEqual(mistakes(renamed, [container({ project: "other" })]), []);
  });

  test("is not known to be gone where a tier could not be read", () => {
    assert.deepEqual(mistakes({ ...renamed, incomplete: true }, [container()]), []);
  });
});

describe("a service that keeps its name", () => {
  /** What is said of a stack where the engine has these containers, and these volumes. */
  const found = (
    written: Model,
    containers: readonly EngineContainer[] = [container()],
    onEngine: readonly string[] = ["shop_pgdata"],
  ) => {
    const volumes = named(written.volumes, "shop");
    const moved = movedContainers(written, "shop", volumes, containers, onEngine);
    return checkMovedVolumes(written, volumes, moved, details, onEngine);
  };
  const otherName = modelFrom({
    services: { postgres: database("pgdata") },
    volumes: { pgdata: { name: "shop_pgdata2" } },
  });
  const otherKey = modelFrom({ services: { postgres: database("dbdata") }, volumes: { dbdata: {} } });

  test("is refused an empty volume in place of its own, by whichever name or key", () => {
    assert.deepEqual(said(found(otherName)), [
      "volumes.pgdata: an update would create a new empty volume `shop_pgdata2`; the data of postgres stays in `shop_pgdata`",
    ]);
    assert.deepEqual(said(found(otherKey)), [
      "volumes.dbdata: an update would create a new empty volume `shop_dbdata`; the data of postgres stays in `shop_pgdata`",
    ]);
  });

  test("is told how to keep the data, how to copy it, and how to begin without it", () => {
    const [mistake] = found(otherKey);
    assert.match(mistake?.fix ?? "", /write volumes\.dbdata\.name: shop_pgdata;/);
    assert.match(mistake?.fix ?? "", /npx pulumi-compose backup.*destroy.*npx pulumi-compose restore/);
    assert.match(mistake?.fix ?? "", /docker rm --force shop-postgres-1 \(the volume stays\)/);
  });

  test("is told to mount the old volume where the stack still has it", () => {
    const written = modelFrom({
      services: { postgres: database("dbdata") },
      volumes: { dbdata: {}, pgdata: {} },
    });
    assert.match(found(written)[0]?.fix ?? "", /mount pgdata at \/var\/lib\/postgresql\/data;/);
  });

  test("is told once, with all who have the volume", () => {
    const written = modelFrom({
      services: { postgres: database("dbdata"), reader: database("dbdata") },
      volumes: { dbdata: {} },
    });
    const reader = { ...container({ service: "reader" }), id: "id-of-postgres" };
    const [mistake, ...others] = found(written, [container(), reader]);
    assert.deepEqual(others, []);
    assert.match(mistake?.message ?? "", /the data of postgres, reader stays/);
    assert.match(mistake?.fix ?? "", /docker rm --force shop-postgres-1 shop-reader-1 /);
  });

  test("may have another volume that the engine has: somebody has filled it", () => {
    assert.deepEqual(found(otherName, [container()], ["shop_pgdata", "shop_pgdata2"]), []);
  });

  test("may keep its volume under another key, and have one more elsewhere", () => {
    const renamedKey = modelFrom({
      services: {
        postgres: database("dbdata", {
          volumes: [
            { type: "volume", source: "dbdata", target: data },
            { type: "volume", source: "logs", target: "/logs" },
          ],
        }),
      },
      volumes: { dbdata: { name: "shop_pgdata" }, logs: {} },
    });
    assert.deepEqual(found(renamedKey), []);
  });

  test("may have a volume whose content is elsewhere, as its driver's options say", () => {
    const driver_opts = { type: "nfs", device: ":/data", o: "addr=10.0.0.1" };
    const written = modelFrom({
      services: { postgres: database("dbdata") },
      volumes: { dbdata: { driver_opts } },
    });
    assert.deepEqual(found(written), []);
  });

  test("starts with nothing where it has no container any more, and is no business of another project's", () => {
    assert.deepEqual(found(otherName, []), []);
    assert.deepEqual(found(otherName, [container({ project: "other" })]), []);
  });
});

describe("a volume of the project that the stack has no longer", () => {
  const pgdata: EnginePart = { name: "shop_pgdata", project: "shop", key: "pgdata" };
  const warned = (written: Model, parts: readonly EnginePart[], told: readonly string[] = []) =>
    leftVolumes(written, "shop", named(written.volumes, "shop"), parts, told);

  test("is told, also when no container is left that had it", () => {
    const [warning, ...others] = warned(renamed, [pgdata]);
    assert.deepEqual(others, []);
    assert.equal(warning?.name, "kept-volume");
    assert.deepEqual(said([warning]), [
      "volumes.pgdata: the volume is no longer in the stack; its data stays in `shop_pgdata`",
    ]);
    assert.match(warning.fix, /name: shop_pgdata.*docker volume rm shop_pgdata/);
  });

  test("is told of as the one that its key had before", () => {
    const written = modelFrom({ volumes: { pgdata: { name: "shop_pgdata2" } } });
    assert.deepEqual(said(warned(written, [pgdata])), [
      "volumes.pgdata: the volume is `shop_pgdata2` now; its earlier data stays in `shop_pgdata`",
    ]);
  });

  test("is none that has only another key, that is told of already, or is removed with the stack", () => {
    const taken = modelFrom({ volumes: { dbdata: { name: "shop_pgdata" } } });
    assert.deepEqual(warned(taken, [pgdata]), []);
    assert.deepEqual(warned(renamed, [pgdata], ["shop_pgdata"]), []);
  });

  test("is none that has the routes of a gateway on a server, whether or not there still is a gateway", () => {
    const routes: EnginePart = { name: "shop_route-files", project: "shop", key: "route-files" };
    assert.deepEqual(warned(renamed, [routes]), []);
    const gateway = container({ service: "gateway", mounts: [routes.name] });
    assert.deepEqual(withData(renamed, "shop", [gateway], [routes]).left, []);
  });

  test("is none of another project's, or of nobody's, nor known where a tier could not be read", () => {
    assert.deepEqual(warned(renamed, [{ ...pgdata, project: "other" }, { name: "shop_pgdata" }]), []);
    assert.deepEqual(warned({ ...renamed, incomplete: true }, [pgdata]), []);
  });
});
