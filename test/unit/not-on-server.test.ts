import assert from "node:assert/strict";
import { test } from "node:test";
import { notOnServer } from "../../components/checks/not-on-server.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import { modelOf } from "../../components/model/model.ts";

test("what a service mounts from the project is not on a server, and what is the server's own is", () => {
  const definitions = definitionsSchema.parse({
    services: {
      web: {
        image: "nginx:1",
        volumes: [
          "./html:/html:ro",
          "/shop/site.conf:/etc/site.conf:ro",
          "/srv/uploads:/uploads",
          "data:/data",
        ],
        configs: ["written", "read"],
        secrets: ["key"],
      },
    },
    volumes: { data: {} },
    configs: { written: { content: "text" }, read: { file: "./read.conf" } },
    secrets: { key: { file: "./key.txt" } },
  });
  const { model } = modelOf({ tiers: [{ name: "shop", definitions }], secrets: [] });
  assert.deepEqual(
    notOnServer(model, "/shop").map(({ name, path, message }) => [name, path, message.split(" ")[0]]),
    [
      ["not-on-server", "services.web.volumes.0", "`./html`"],
      ["not-on-server", "services.web.volumes.1", "`/shop/site.conf`"],
      ["not-on-server", "services.web.configs.1", "`./read.conf`"],
      ["not-on-server", "services.web.secrets.0", "`./key.txt`"],
    ],
  );
});
