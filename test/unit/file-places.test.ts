import assert from "node:assert/strict";
import { test } from "node:test";
import { folderMounts, placeOf } from "../../components/model/file-places.ts";
import { serviceSchema } from "../../components/compose-spec/service.ts";

const service = (keys: object) => serviceSchema.parse({ image: "web:1", ...keys });

for (const [where, keys, target, expected] of [
  ["in the container's own file system", {}, "/etc/app.conf", {}],
  ["in a read-only container", { read_only: true }, "/etc/app/app.conf", { folder: "/etc/app" }],
  ["in a volume of a read-only container", { read_only: true, volumes: ["d:/d"] }, "/d/app.conf", {}],
  ["below what is in memory", { tmpfs: ["/run"] }, "/run/secrets/key", { folder: "/run/secrets" }],
] as const)
  test(`a file ${where} has a place`, () => {
    assert.deepEqual(placeOf(service(keys), target), expected);
  });

for (const [where, keys, target] of [
  ["in the root folder of a read-only container", { read_only: true }, "/app.conf"],
  ["in a folder that is in memory", { tmpfs: ["/run/secrets:size=1m"] }, "/run/secrets/key"],
  ["in a volume that may not be written to", { volumes: ["d:/d:ro"] }, "/d/conf/app.conf"],
] as const)
  test(`a file ${where} has none`, () => {
    assert.ok("whyNot" in placeOf(service(keys), target));
  });

test("files of one folder share a volume", () => {
  assert.deepEqual(folderMounts(service({ read_only: true }), ["/run/secrets/a", "/run/secrets/b"]), [
    { type: "volume", target: "/run/secrets" },
  ]);
});
