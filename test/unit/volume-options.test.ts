import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../components/checks/index.ts";
import { boundFolders, checkBoundFolders } from "../../components/checks/volume-options.ts";
import { modelFrom, said } from "./builders.ts";

/** A stack with one volume of these options, which its service mounts. */
function withVolume(volume: object, mounts: readonly string[] = ["data:/data"]) {
  return modelFrom({ services: { app: { image: "app", volumes: mounts } }, volumes: { data: volume } });
}

test("options that Docker's own driver refuses when it makes a volume", () => {
  const refused = (volume: object) => said(check(withVolume(volume), () => true));
  assert.deepEqual(refused({ driver_opts: { type: "none", o: "bind" } }), [
    "volumes.data.driver_opts.type: Docker's driver `local` takes no `type` without device",
    "volumes.data.driver_opts.o: Docker's driver `local` takes no `o` without device",
  ]);
  assert.deepEqual(refused({ driver: "local", driver_opts: { devise: "/srv" } }), [
    "volumes.data.driver_opts.devise: Docker's driver `local` has no option `devise`",
  ]);
  for (const volume of [
    {},
    { driver_opts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } },
    { driver_opts: { type: "nfs", device: ":/data", o: "addr=10.0.0.1" } },
    { driver_opts: { size: "10G" } },
    { driver: "rexray", driver_opts: { size: "10", iops: "5" } },
    { external: true, driver_opts: { type: "none" } },
  ])
    assert.deepEqual(refused(volume), [], JSON.stringify(volume));
});

test("a volume that is a folder of the host, which is not there", () => {
  const folder = (device: string, o = "bind") => ({ driver_opts: { type: "none", o, device } });
  const why = (path: string) => ({ "/missing": "does not exist", "/file": "is no directory" })[path];
  const found = (volume: object, mounts?: readonly string[]) =>
    said(checkBoundFolders(boundFolders(withVolume(volume, mounts)), why));
  const is = (path: string, what: string) => [
    `volumes.data.driver_opts.device: the volume is the folder \`${path}\` of the host, which ${what}, and then no container with the volume starts`,
  ];
  assert.deepEqual(found(folder("/missing")), is("/missing", "does not exist"));
  assert.deepEqual(found(folder("/file", "ro,rbind")), is("/file", "is no directory"));
  assert.deepEqual(found(folder("./data")), is("./data", "is no absolute path"));
  assert.deepEqual(found(folder("/there")), []);
  // Nobody mounts it, or it is no folder.
  assert.deepEqual(found(folder("/missing"), ["/missing:/data"]), []);
  assert.deepEqual(found({ driver_opts: { type: "ext4", device: "/missing", o: "ro" } }), []);
  assert.deepEqual(found({ ...folder("/missing"), driver: "rexray" }), []);
});
