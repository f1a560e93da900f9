import assert from "node:assert/strict";
import { test } from "node:test";
import { largeContexts } from "../../components/checks/large-contexts.ts";
import { notOnServer } from "../../components/checks/not-on-server.ts";
import { definitionsSchema, type DefinitionsInput } from "../../components/compose-spec/definitions.ts";
import { elsewhere, filesRead, type FilesHere } from "../../components/model/elsewhere.ts";
import { modelOf, type Model } from "../../components/model/model.ts";

const place = { directory: "/shop", routeFiles: "/shop/.state/routes/shop" };
const file = (text: string, isExecutable = false) => ({ text, isExecutable });

test("what a service reads of the project is known by its path, and what is the server's own is not asked for", () => {
  const model = modelFrom({
    services: {
      web: {
        volumes: ["./site.conf:/etc/site.conf:ro", "/srv/uploads:/uploads", "data:/data"],
        configs: ["written", "read"],
        secrets: ["key"],
      },
    },
    volumes: { data: {} },
    configs: { written: { content: "text" }, read: { file: "/etc/read.conf" } },
    secrets: { key: { file: "./key.txt" } },
  });
  assert.deepEqual(filesRead(model, place), {
    files: ["./site.conf", "/etc/read.conf"],
    secrets: ["./key.txt"],
  });
});

test("a folder of the project, a file that may be written to and a large file are mistakes", () => {
  const model = modelFrom({
    services: {
      web: {
        volumes: [
          "./html:/html:ro",
          "./read.conf:/etc/read.conf:ro",
          "./written.db:/written.db",
          "./large.bin:/large.bin:ro",
          "/shop/.state/routes/shop:/routes:ro",
          "/srv/uploads:/uploads",
        ],
        configs: ["large"],
      },
    },
    configs: { large: { file: "./large.bin" } },
  });
  const contents = { "./read.conf": file("read"), "./written.db": file("data") };
  const here: FilesHere = { contents, secretContents: {}, tooLarge: ["./large.bin"] };
  assert.deepEqual(
    notOnServer(model, here, place).map(({ path, message }) => [path, message.replace(/ to .*/, "")]),
    [
      ["services.web.volumes.0", "`./html` is on this machine, and the stack's engine is on another one"],
      ["services.web.volumes.2", "`./written.db` would be lost with its container, if the service writes"],
      ["services.web.volumes.3", "`./large.bin` is larger than 1 MiB, too large"],
      ["services.web.configs.0", "`./large.bin` is larger than 1 MiB, too large"],
    ],
  );
});

test("files go as content with their modes, secrets by a name in place of their content, routes into a volume", () => {
  const model = modelFrom({
    services: {
      web: {
        volumes: ["./start.sh:/start.sh:ro", "/shop/.state/routes/shop:/routes:ro", "/srv/uploads:/uploads"],
        configs: [{ source: "read", target: "/etc/read.conf", mode: "0440", uid: "7" }],
        secrets: ["key"],
      },
    },
    configs: { read: { file: "./read.bin" } },
    secrets: { key: { file: "./key.txt" } },
  });
  const here: FilesHere = {
    contents: {
      "./start.sh": file("#!/bin/sh", true),
      "./read.bin": { text: "/w==", encoding: "base64", isExecutable: false },
    },
    secretContents: { "./key.txt": file("nobody sees this") },
    tooLarge: [],
  };
  const { volumes, files } = elsewhere(model.services.web ?? {}, model, here, place);
  assert.deepEqual(
    volumes.map(({ type, source, target, read_only }) => [type, source, target, read_only]),
    [
      ["volume", "route-files", "/routes", undefined],
      ["bind", "/srv/uploads", "/uploads", undefined],
    ],
  );
  const [script, config, secret] = files;
  assert.deepEqual(script, { target: "/start.sh", content: "#!/bin/sh", mode: "0555" });
  assert.deepEqual(config, {
    ...{ target: "/etc/read.conf", content: "/w==", encoding: "base64" },
    ...{ mode: "0440", uid: "7" },
  });
  assert.match(secret?.content ?? "", /^\$\{file_[0-9a-f]{12}\}$/);
  assert.equal(secret?.target, "/run/secrets/key");
});

test("a build context that takes long to be sent is told with its size", () => {
  const [found, ...others] = largeContexts({ web: 312_400_000, api: 99_000_000 });
  assert.match(found?.message ?? "", /312 MB/);
  assert.equal(found?.service, "web");
  assert.deepEqual(others, []);
});

function modelFrom(definitions: DefinitionsInput): Model {
  const services = Object.fromEntries(
    Object.entries(definitions.services ?? {}).map(([name, service]) => [name, { image: "i:1", ...service }]),
  );
  const parsed = definitionsSchema.parse({ ...definitions, services });
  return modelOf({ tiers: [{ name: "shop", definitions: parsed }], secrets: [] }).model;
}
