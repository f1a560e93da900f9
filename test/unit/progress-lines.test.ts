import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLines } from "../../components/cli/progress-lines.ts";

function shown(text: string): string[] {
  const show = progressLines();
  return text.split("\n").flatMap((line) => show(line) ?? []);
}

test("of an update where no terminal is, a line a container is printed, and what is no step", () => {
  assert.deepEqual(
    shown(`Updating (dev):

@ updating....
    pulumi:pulumi:Stack shop-dev running 
 +  docker:index:Network published-ports creating (0s) 
@ updating...... +  docker:index:Volume data creating (0s) 
@ updating......
 +  docker:index:Network published-ports created (2s) 
 -- docker:index:Container shop-db-1 deleting original (0s) [diff: ~envs]
 -- docker:index:Container shop-db-1 deleted original (0.45s) [diff: ~envs]
 +- docker:index:Container shop-db-1 replacing (0s) [diff: ~envs,labels]
 +- docker:index:Container shop-db-1 replaced (0.00s) [diff: ~envs,labels]
 ++ docker:index:Container shop-db-1 creating replacement (0s) [diff: ~envs,labels]
 ++ docker:index:Container shop-db-1 created replacement (0.97s) [diff: ~envs,labels]
 ++ docker:index:Container shop-db-1 created replacement (0.97s) [diff: ~envs,labels]; waits for db to become healthy
 +  docker:index:Container shop-web-2 creating (0s) 
 +  docker:index:Container shop-web-2 created (1s) waits for shop-web-2 to become healthy
 ~  docker:index:Container shop-web-1 updated (1m2s) [diff: ~labels]
 -  docker:index:Container shop-old-1 deleting (0s) 
 -  docker:index:Container shop-old-1 deleted (0.3s) 
    pulumi:pulumi:Stack shop-dev  
Resources:
    + 2 created

Duration: 7s`),
    [
      "Updating (dev):",
      "",
      " ++ shop-db-1 replaced (0.97s)",
      " +  shop-web-2 created (1s)",
      " ~  shop-web-1 updated (1m2s)",
      " -  shop-old-1 deleted (0.3s)",
      "Resources:",
      "    + 2 created",
      "",
      "Duration: 7s",
    ],
  );
});

test("of a preview the words are those of what is to come", () => {
  assert.deepEqual(
    shown(` ++ docker:index:Container shop-web-1 create replacement [diff: ~envs,labels]
 +- docker:index:Container shop-web-1 replace [diff: ~envs,labels]
 -- docker:index:Container shop-web-1 delete original [diff: ~envs,labels]
 +  docker:index:Container shop-web-2 create 
    pulumi-compose:index:Project shop  1 service replaced without a gap, no data touched
 +  pulumi-compose:index:Service web create `),
    [" ++ shop-web-1 replace", " +  shop-web-2 create"],
  );
});

test("of an update of a swarm, a line a service is printed", () => {
  assert.deepEqual(
    shown(` ~  docker:index:Service shop_web updating (0s) [diff: ~taskSpec]
 ~  docker:index:Service shop_web updated (0.2s) [diff: ~labels,taskSpec]; waits for web until 2 run (0 do)
 ++ docker:index:ServiceConfig page (config) created replacement (0.1s) [diff: ~data,name]
 +- docker:index:Service shop_db replaced (0.00s) [diff: ~name]
 ++ docker:index:Service shop_db created replacement (1s) [diff: ~name]
    pulumi-compose:index:Service web updated (3s) `),
    [" ~  shop_web updated (0.2s)", " ++ shop_db replaced (1s)"],
  );
});

test("a failure is printed as it is, whatever resource it is of", () => {
  const failure = " +  docker:index:RemoteImage web **creating failed** error: sdk-v2/provider2.go:520";
  const gate = " +  docker:index:Container shop-web-1 created (0.3s) error: web is unhealthy";
  assert.deepEqual(shown(`${failure}\n${gate}`), [failure, gate]);
});
