import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { guess } from "../../components/guesses/index.ts";
import { modelFrom, type Written } from "./builders.ts";

const byItself = { test: ["CMD", "traefik", "healthcheck"] };
const flags = ["--providers.docker=true", "--entrypoints.web.address=:80"];

/** The place of the warning, and what is advised. */
function checked(service: Written, more: Written = {}): string[] {
  const services = { gate: { image: "traefik:v3.6", healthcheck: byItself, ...service } };
  return guess(modelFrom({ services, ...more }), "shop").map(
    ({ path, fix }) => `${path.replace("services.gate.", "")}: ${fix}`,
  );
}

describe("a Traefik that is asked for a ping", () => {
  test("by flags has one, or is told to", () => {
    const asking = { healthcheck: { test: ["CMD-SHELL", "traefik healthcheck --ping"] } };
    assert.deepEqual(checked({ ...asking, command: flags }), ["command: write --ping=true"]);
    assert.deepEqual(checked({ ...asking, command: [...flags, "--ping=false"] }), [
      "command: write --ping=true",
    ]);
    for (const flag of ["--ping", "-ping", "--ping=true", "--ping.entryPoint=traefik"])
      assert.deepEqual(checked({ ...asking, command: [...flags, flag] }), []);
  });

  test("by flags is asked by them, since its own it cannot see", () => {
    assert.deepEqual(checked({ command: [...flags, "--ping"] }), [
      "healthcheck.test: write traefik healthcheck --ping",
    ]);
  });

  test("by flags is asked with one dash or two, in the words of a shell as well", () => {
    for (const words of ["-ping", "--ping=true || exit 1", '--ping" || exit 1'])
      assert.deepEqual(
        checked({
          command: [...flags, "--ping"],
          healthcheck: { test: ["CMD-SHELL", `traefik healthcheck ${words}`] },
        }),
        [],
      );
  });

  test("by flags is asked on the entry point that it was moved to", () => {
    const asking = (words: string) => ({
      healthcheck: { test: ["CMD-SHELL", `traefik healthcheck ${words}`] },
    });
    const moved = { command: [...flags, "--ping.entryPoint=web"] };
    const words = "--ping.entryPoint=web --entryPoints.web.address=:80";
    const advice = [`healthcheck.test: write traefik healthcheck ${words}`];
    assert.deepEqual(checked({ ...asking("--ping"), ...moved }), advice);
    assert.deepEqual(checked(moved), advice);
    assert.deepEqual(checked({ ...asking(words), ...moved }), []);
    const usual = { command: ["--entryPoints.web.address=:8080", "--ping.entryPoint=web"] };
    assert.deepEqual(checked({ ...asking("--ping"), ...usual }), []);
  });

  test("by flags may have its own in the environment, which a probe without flags reads", () => {
    const environment = { TRAEFIK_PING: "true" };
    assert.deepEqual(checked({ command: [...flags, "--ping"], environment }), []);
    assert.deepEqual(checked({ command: flags, environment }), ["command: write --ping=true"]);
  });

  test("by an entrypoint's flags has one, or is told to", () => {
    const asking = { healthcheck: { test: ["CMD", "traefik", "healthcheck", "--ping"] } };
    assert.deepEqual(checked({ ...asking, entrypoint: ["traefik", "--ping=true"] }), []);
    assert.deepEqual(checked({ ...asking, entrypoint: ["/usr/local/bin/traefik"], command: flags }), [
      "command: write --ping=true",
    ]);
    assert.deepEqual(checked({ ...asking, entrypoint: ["/start.sh"], command: flags }), []);
  });

  test("over HTTP has one as well", () => {
    const healthcheck = { test: ["CMD", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/ping"] };
    assert.deepEqual(checked({ healthcheck, command: flags }), ["command: write --ping=true"]);
    assert.deepEqual(checked({ healthcheck, command: [...flags, "--ping"] }), []);
  });

  test("by variables has one, or is told to", () => {
    assert.deepEqual(checked({ environment: { TRAEFIK_API: "true" } }), [
      'environment: write TRAEFIK_PING: "true"',
    ]);
    assert.deepEqual(checked({ environment: { TRAEFIK_PING: "true" } }), []);
    assert.deepEqual(checked({ environment: { TRAEFIK_PING_ENTRYPOINT: "web" } }), []);
  });

  test("by a file has one, or is told to, whatever its flags say", () => {
    const file = (content: string) => ({ configs: { static: { content } } });
    const service = {
      configs: [{ source: "static", target: "/etc/traefik/traefik.yml" }],
      command: ["--ping"],
    };
    assert.deepEqual(checked(service, file("api: {}\n")), ["configs: write `ping: {}` into `static`"]);
    for (const content of ["api: {}\nping: {}\n", "[ping]\n  entryPoint = 'web'\n", '{"ping": {}}'])
      assert.deepEqual(checked(service, file(content)), []);
    const elsewhere = { configs: [{ source: "static", target: "/t.yml" }], command: ["--configFile=/t.yml"] };
    assert.deepEqual(checked(elsewhere, file("api: {}\n")), ["configs: write `ping: {}` into `static`"]);
    const words = { ...elsewhere, command: ["--configFile", "t.yml", "--ping"] };
    assert.deepEqual(checked(words, file("api: {}\n")), ["configs: write `ping: {}` into `static`"]);
    assert.deepEqual(checked(words, file("ping: {}\n")), []);
  });

  test("by a file has one wherever Traefik looks for it", () => {
    for (const [target, more] of [
      ["/traefik.yml", {}],
      ["/srv/traefik.toml", { working_dir: "/srv" }],
      ["/root/.config/traefik.yaml", {}],
      ["/home/me/.config/traefik.yml", { environment: { HOME: "/home/me" } }],
      ["/x/traefik.yml", { environment: { XDG_CONFIG_HOME: "/x" } }],
    ] as const) {
      const service = { configs: [{ source: "static", target }], ...more };
      assert.deepEqual(checked(service, { configs: { static: { content: "ping: {}\n" } } }), [], target);
      assert.deepEqual(checked({ volumes: [`./traefik.yml:${target}:ro`], ...more }), [], target);
    }
    const elsewhere = { configs: [{ source: "static", target: "/srv/traefik.yml" }] };
    assert.deepEqual(checked(elsewhere, { configs: { static: { content: "ping: {}\n" } } }), [
      'environment: write TRAEFIK_PING: "true"',
    ]);
  });

  test("is not judged by what cannot be seen from here", () => {
    assert.deepEqual(checked({ image: "mine/gateway" }), []);
    assert.deepEqual(checked({ build: "./gateway" }), []);
    assert.deepEqual(checked({ volumes: ["./traefik.yml:/etc/traefik/traefik.yml:ro"] }), []);
    assert.deepEqual(checked({ volumes: ["./traefik:/etc/traefik"] }), []);
    assert.deepEqual(checked({ volumes: ["./etc:/etc/"] }), []);
    assert.deepEqual(checked({ command: ["--configFile=/srv/t.yml"] }), []);
    assert.deepEqual(checked({ command: ["--configFile", "/srv/t.yml"] }), []);
    assert.deepEqual(checked({ command: ["sh", "-c", "exec traefik $FLAGS"] }), []);
  });

  test("by nobody needs none", () => {
    assert.deepEqual(checked({ healthcheck: { test: ["CMD", "true"] }, command: flags }), []);
  });
});
