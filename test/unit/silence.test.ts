import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silenced } from "../../components/findings/silence.ts";
import { describeWarning } from "../../components/findings/describe.ts";
import { warning } from "../../components/findings/finding.ts";

const rounded = (service: string) => ({ name: "rounded-memory", service }) as const;
const reason = "a mebibyte is no harm";

describe("a silence", () => {
  test("takes the warnings of its name away, of one service or of all", () => {
    const warnings = [rounded("app"), rounded("db"), { name: "ipv6-host", service: "app" }] as const;
    const of = (service?: string) =>
      silenced(
        warnings,
        [{ warning: "rounded-memory", reason, ...(service === undefined ? {} : { service }) }],
        ["app", "db"],
      );
    assert.deepEqual(of().told, [warnings[2]]);
    assert.deepEqual(of("app").told, [warnings[1], warnings[2]]);
    assert.deepEqual(of().idle, []);
  });

  test("still takes the name that a warning had before", () => {
    const warnings = [{ name: "no-effect", service: "app" }] as const;
    assert.deepEqual(silenced(warnings, [{ warning: "comes-to-nothing", reason }], ["app"]), {
      told: [],
      idle: [],
    });
  });

  test("of what is not warned of is told by its place", () => {
    const silences = [
      { warning: "rounded-memory", service: "db", reason },
      { warning: "rounded-memory", reason },
      { warning: "ipv6-host", reason },
    ] as const;
    assert.deepEqual(silenced([rounded("app")], silences, ["app", "db"]), {
      told: [],
      idle: [
        { index: 0, why: "there is no warning rounded-memory for db (remove the entry)" },
        { index: 2, why: "there is no warning ipv6-host (remove the entry)" },
      ],
    });
  });

  test("of what comes and goes is kept, unless there is no such service", () => {
    const silences = [
      { warning: "start-period-too-short", service: "app", reason },
      { warning: "start-period-too-short", service: "ap", reason },
      { warning: "port-held-too-long", service: "db", reason },
      // Of its services none is in the stack any more.
      { warning: "kept-volume", service: "old", reason },
    ] as const;
    assert.deepEqual(silenced([], silences, ["app", "db"]).idle, [
      { index: 1, why: "there is no service `ap` (did you mean `app`?)" },
    ]);
  });
});

test("a warning says where it is, what is wrong, what to do, and last the name it can be silenced by", () => {
  const rounded = warning("rounded-memory", {
    service: "app",
    file: "Pulumi.dev.yaml",
    path: "services.app.mem_limit",
    message: "is rounded up to 1M",
    fix: "write a whole number",
  });
  assert.equal(
    describeWarning(rounded),
    "Pulumi.dev.yaml: services.app.mem_limit: is rounded up to 1M (write a whole number) [rounded-memory]",
  );
});
