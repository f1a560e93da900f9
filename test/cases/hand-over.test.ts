import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { dump } from "js-yaml";
import { inspectContainer, serviceStates } from "../fixture/docker.ts";
import { startUpdate } from "../fixture/killed-update.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { freePorts } from "../fixture/ports.ts";
import { freeSubnet } from "../fixture/subnets.ts";
import { until } from "../fixture/until.ts";
import { Case } from "./case.ts";

test("what one container at a time can have goes from one service to another within one update", async () => {
  const project = await Case.create("hand-over");
  const { stack } = project;
  const [one = 0, other = 0] = await freePorts(2);
  const name = `${stack.project}-own-name`;
  const subnet = await freeSubnet();
  const at = (last: number) => ({ default: { ipv4_address: `${subnet}.${last}` } });
  const service = (port: number, last: number, more = {}) => ({
    ...{ image: "debian:bookworm-slim", init: true, stop_grace_period: "1s", command: ["sleep", "infinity"] },
    ...{ ports: [`127.0.0.1:${port}:80`], networks: at(last) },
    ...more,
  });
  const write = (services: object) => {
    const networks = { default: { ipam: { config: [{ subnet: `${subnet}.0/24` }] } } };
    return writeFile(join(project.folder, "compose.yaml"), dump({ services, networks }));
  };
  /** The service that has the name, its container's state, its host port and its address. */
  const holder = async () => {
    const { Config: config, State: state, NetworkSettings: network } = await inspectContainer(name);
    return [
      config.Labels["com.docker.compose.service"],
      state.Status,
      ...Object.values(network.Ports).flatMap((bindings) => bindings.map(({ HostPort }) => HostPort)),
      ...Object.values(network.Networks).map(({ IPAddress }) => IPAddress),
    ].join();
  };
  const servesAgain = () =>
    until("web has everything again", async () => (await holder()) === `web,running,${one},${subnet}.10`);
  const api = service(other, 11);
  const proxy = (more = {}) => service(one, 10, { container_name: name, ...more });
  const slow = { healthcheck: { test: ["CMD", "false"], interval: "10s", start_period: "60s" } };
  try {
    await write({ web: proxy(), api });
    await stack.up();
    assert.equal(await holder(), `web,running,${one},${subnet}.10`);

    // The provider cannot start the new container: Pulumi ends the program.
    await write({ aproxy: proxy({ devices: ["/dev/no-such-device"] }), api });
    const { output } = await stack.pulumi("preview");
    for (const said of [
      `host port ${one} moves from web to aproxy: web is stopped first`,
      `container name \`${name}\` moves from web to aproxy: web is stopped and renamed first`,
      `address ${subnet}.10 moves from web to aproxy: web is stopped first`,
    ])
      assert.ok(output.includes(said), output);
    const refused = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /no-such-device/);
    await servesAgain();

    // The new container runs, and does not become ready.
    await write({
      aproxy: proxy({ healthcheck: { test: ["CMD", "false"], interval: "100ms", retries: 1 } }),
      api,
    });
    const unhealthy = await stack.command("up", "--yes");
    assert.notEqual(unhealthy.code, 0);
    assert.match(unhealthy.output, new RegExp(`host port ${one} is web's again`));
    await servesAgain();

    // Everything is killed while the new container is about to become ready.
    await write({ aproxy: proxy(slow), api });
    const update = startUpdate(stack);
    await until("aproxy runs", async () => (await holder().catch(() => "")).startsWith("aproxy,running"));
    assert.ok(await update.kill());
    await servesAgain();

    await write({ aproxy: proxy(), api });
    await stack.recover();
    assert.equal(await holder(), `aproxy,running,${one},${subnet}.10`);
    const services = (await serviceStates(stack.project)).map((line) => line.split(" ")[0]).sort();
    assert.deepEqual(services, ["api", "aproxy"]);

    // Two services change places, and one of them waits for the other.
    await write({
      aproxy: service(other, 11, { depends_on: ["api"] }),
      api: service(one, 10, { container_name: name }),
    });
    await stack.up();
    assert.equal(await holder(), `api,running,${one},${subnet}.10`);
    await assertNoChanges(stack);
  } finally {
    await project.remove();
  }
});
