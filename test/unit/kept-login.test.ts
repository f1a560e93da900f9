import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keptLogin, loginFolder } from "../../components/guesses/kept-login.ts";
import { planned, type Written } from "./builders.ts";

const pgdata = { volumes: ["/srv/pgdata:/var/lib/postgresql/data"] };

function folder(service: Written) {
  return loginFolder(planned(service).service);
}

describe("the folder in which a database keeps its login", () => {
  test("is known by its place, and by the variables that the image reads", () => {
    assert.equal(folder({ ...pgdata, environment: { POSTGRES_DB: "shop" } })?.source, "/srv/pgdata");
    const others = [
      ["/var/lib/mysql", "MYSQL_ROOT_PASSWORD"],
      ["/var/lib/mysql", "MARIADB_PASSWORD"],
      ["/data/db", "MONGO_INITDB_ROOT_USERNAME"],
      ["/var/lib/postgresql", "POSTGRES_USER"],
    ] as const;
    for (const [target, variable] of others) {
      const found = folder({ volumes: [`/srv/data:${target}`], environment: { [variable]: "x" } });
      assert.equal(found?.target, target);
      assert.ok(found.variables.includes(variable));
    }
  });

  test("is wherever PGDATA says", () => {
    const environment = { POSTGRES_PASSWORD: "x", PGDATA: "/pg/data" };
    assert.equal(folder({ volumes: ["/srv/pg:/pg"], environment })?.target, "/pg");
    assert.equal(folder({ volumes: ["/srv/pg:/pgx"], environment }), undefined);
  });

  test("is none of a service that only knows the login, or that keeps nothing", () => {
    const environment = { POSTGRES_PASSWORD: "x" };
    assert.equal(folder({ volumes: ["/srv/uploads:/uploads"], environment }), undefined);
    assert.equal(folder({ environment }), undefined);
    assert.equal(folder({ ...pgdata, environment: { LANG: "C" } }), undefined);
    assert.equal(folder({ volumes: ["/var/lib/postgresql/data"], environment }), undefined);
  });
});

describe("a login that changes while its data is kept", () => {
  const of = folder({ ...pgdata, environment: { POSTGRES_PASSWORD: "x" } });
  assert.ok(of !== undefined);
  const before = { POSTGRES_PASSWORD: "s3cret-1", POSTGRES_USER: "shop", LANG: "C" };

  test("is told by the names of the variables, and without a value", () => {
    const [warning, ...others] = keptLogin("db", of, before, {
      POSTGRES_PASSWORD: "new",
      POSTGRES_DB: "fresh",
    });
    assert.equal(others.length, 0);
    assert.deepEqual([warning?.name, warning?.service], ["kept-login", "db"]);
    assert.equal(warning?.path, "services.db.environment.POSTGRES_USER");
    assert.match(warning.message, /^POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB have changed, and/);
    assert.doesNotMatch(JSON.stringify(warning), /s3cret/);
  });

  test("is none where other variables change, or none", () => {
    assert.deepEqual(keptLogin("db", of, before, { ...before, LANG: "de" }), []);
    assert.deepEqual(keptLogin("db", of, before, before), []);
    // One without a value is one that is not set.
    assert.deepEqual(keptLogin("db", of, before, { ...before, POSTGRES_DB: null }), []);
  });
});
