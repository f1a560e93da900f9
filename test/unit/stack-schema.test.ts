import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import { z } from "zod";
import { stackSchemaFile, stackSchemaText } from "../../scripts/stack-schema.ts";

const text = readFileSync(stackSchemaFile, "utf8");
const schema = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);

/** Whether an editor finds nothing wrong in a stack's file. */
function takes(stack: unknown): boolean {
  return schema.safeParse(stack).success;
}

describe("the JSON Schema of a stack's file", () => {
  test("is what `npm run docs` writes", () => {
    assert.equal(text, stackSchemaText());
  });

  test("takes the file of every stack in the repository", () => {
    const files = globSync(["Pulumi.*.yaml", "{systems,examples}/*/Pulumi.*.yaml"], {
      // Other tests may be at work on stacks of their own, some of them with mistakes.
      exclude: ["**/Pulumi.t-*.yaml"],
    });
    assert.ok(files.length > 10, `${files.length} files`);
    for (const file of files) {
      const { error } = schema.safeParse(load(readFileSync(file, "utf8")));
      assert.equal(error, undefined, `${file}: ${error?.message ?? ""}`);
    }
  });

  test("takes short forms as well as canonical ones, and keys of the program's own", () => {
    const web = {
      ports: ["8001:8000", { target: 80, published: "80" }],
      volumes: ["data:/data", { type: "bind", source: ".", target: "/app" }],
      environment: ["A=1"],
      depends_on: ["db"],
      build: ".",
      networks: { backend: null },
      "x-team": "web",
    };
    assert.ok(
      takes({ config: { "shop:services": { web }, "shop:region": "eu", "shop:keepVolumes": false } }),
    );
    assert.ok(
      takes({
        config: { "shop:services": { web: { depends_on: { db: { condition: "service_healthy" } } } } },
      }),
    );
  });

  test("refuses a misspelt key, and a value of the wrong type", () => {
    assert.ok(!takes({ config: { "shop:services": { web: { enviroment: {} } } } }));
    assert.ok(!takes({ config: { "shop:services": { web: { ports: { web: 80 } } } } }));
    assert.ok(!takes({ config: { "shop:profiles": "dev" } }));
    assert.ok(!takes({ config: { "other:silence": [{ warning: "no-effect" }] } }));
  });

  test("has a sentence for every key of a service", () => {
    const { properties } = JSON.parse(text) as {
      properties: {
        config: {
          patternProperties: Record<
            string,
            { additionalProperties: { properties: Record<string, { description?: string }> } }
          >;
        };
      };
    };
    const services = properties.config.patternProperties["^[^:]+:services$"]?.additionalProperties.properties;
    const without = Object.entries(services ?? {}).filter(([, { description }]) => description === undefined);
    assert.deepEqual(without, []);
  });
});
