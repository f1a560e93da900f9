import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectionsOf, dependenciesIn, type Connected } from "../../components/model/connections.ts";

function connected(service: string, more: Partial<Connected> = {}): Connected {
  return { service, names: [service], environment: {}, dependsOn: [], ports: [], ...more };
}

/** `from → to:port`, so that a test reads like the table. */
function shown(...containers: readonly Connected[]): string[] {
  return connectionsOf(containers).map(({ from, to, ports }) => `${from} → ${to}:${ports.join("|")}`);
}

describe("connections", () => {
  test("come from URLs in environment values, on the port that they name", () => {
    const environment = {
      DATABASE_URL: "postgresql://app:p%40ss@postgres:5433/app",
      REDIS: "redis://:x@redis:6379",
    };
    assert.deepEqual(
      shown(connected("app", { environment }), connected("postgres", { ports: [5432] }), connected("redis")),
      ["app → postgres:5433", "app → redis:6379"],
    );
  });

  test("are on the scheme's own port where a URL names none", () => {
    const environment = {
      A: "postgresql+psycopg2://app@postgres/app",
      B: "https://web/x",
      C: "custom://web/y",
    };
    assert.deepEqual(shown(connected("app", { environment }), connected("postgres"), connected("web")), [
      "app → postgres:5432",
      "app → web:443",
    ]);
  });

  test("come from a host and port alone, and from several URLs in one value", () => {
    const environment = { UPSTREAM: "web:8080", ALL: "--one=http://web:1 --other=http://api:2" };
    assert.deepEqual(shown(connected("app", { environment }), connected("web"), connected("api")), [
      "app → api:2",
      "app → web:1",
      "app → web:8080",
    ]);
  });

  test("find a service by any of its names, and leave out hosts that are no service's and the service itself", () => {
    const environment = {
      A: "http://database:5432",
      B: "http://example.org:80",
      C: "http://localhost:1",
      D: "http://app:8000",
    };
    assert.deepEqual(
      shown(connected("app", { environment }), connected("postgres", { names: ["database"] })),
      ["app → postgres:5432"],
    );
  });

  test("come from depends_on, on what the other exposes, where no URL says better", () => {
    const app = connected("app", {
      dependsOn: ["postgres", "web", "worker"],
      environment: { U: "http://web:8080" },
    });
    assert.deepEqual(
      shown(
        app,
        connected("postgres", { ports: [5432] }),
        connected("web", { ports: [80, 443] }),
        connected("worker"),
      ),
      ["app → postgres:5432", "app → web:8080"],
    );
  });

  test("name a dependency that has no container", () => {
    assert.deepEqual(shown(connected("app", { dependsOn: ["gone"] })), ["app → gone:"]);
  });

  test("leave out jobs, which have ended before anybody could talk to them", () => {
    const label =
      "postgres:service_healthy:false,migrations:service_completed_successfully:false,redis:service_started:true";
    assert.deepEqual(dependenciesIn(label), ["postgres", "redis"]);
    assert.deepEqual(dependenciesIn(""), []);
  });
});
