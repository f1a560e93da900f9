import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { urlOf, stackVariables, type RunningService } from "../../components/cli/testing/addresses.ts";
import { setApart, throwAwayConfig } from "../../components/cli/testing/throw-away-config.ts";
import type { ComposeFile } from "../../components/model/compose-file.ts";

const project = "shop-t-1";

function apart(config: Readonly<Record<string, unknown>>, file: Omit<ComposeFile, "name">) {
  return setApart(config, "t-1", [{ name: project, ...file }]);
}

describe("the config of a throw-away stack", () => {
  test("keeps no volumes, whatever the other stack says, and all else of the other stack", () => {
    assert.deepEqual(throwAwayConfig({ keepVolumes: "true", logLevel: "debug" }), {
      keepVolumes: false,
      logLevel: "debug",
    });
  });

  test("leaves the choice of each host port to the engine, on the address and by the protocol as before", () => {
    const config = { services: { web: { ports: ["127.0.0.1:8080:80"], environment: { A: "1" } } } };
    const { services } = apart(config, {
      services: {
        web: { ports: [{ target: 80, published: "8080", host_ip: "127.0.0.1" }] },
        dns: { ports: [{ target: 53, published: "53", protocol: "udp" }] },
        quiet: { ports: [{ target: 9000 }] },
      },
    });
    assert.deepEqual(services, {
      web: { ports: [{ target: 80, host_ip: "127.0.0.1" }], environment: { A: "1" } },
      dns: { ports: [{ target: 53, protocol: "udp" }] },
    });
  });

  test("has one host port where a container port had two", () => {
    const { services } = apart(
      {},
      {
        services: {
          web: {
            ports: [
              { target: 80, published: "8080" },
              { target: 80, published: "8081" },
            ],
          },
        },
      },
    );
    assert.deepEqual(services, { web: { ports: [{ target: 80 }] } });
  });

  test("gives another name to what other stacks call the same, and none to what is external or has the stack's name", () => {
    const { services, volumes, networks } = apart(
      {},
      {
        services: { db: { container_name: "db" }, web: { container_name: `${project}-web` } },
        volumes: { data: { name: "data" }, own: { name: `${project}_own` } },
        networks: { shared: { name: "shared", external: true }, inner: { name: "inner" } },
      },
    );
    assert.deepEqual(services, { db: { container_name: "db-t-1" } });
    assert.deepEqual(volumes, { data: { name: "data-t-1" } });
    assert.deepEqual(networks, { inner: { name: "inner-t-1" } });
  });
});

describe("the environment of a command on a throw-away stack", () => {
  const running = (services: Readonly<Record<string, RunningService>>) => ({
    ...{ stack: "t-1", project, directory: "/shop" },
    services,
  });
  const service = (ports: RunningService["ports"], url: string | null = urlOf(ports)) => ({
    container: "shop-t-1-web-1",
    ports,
    url,
  });

  test("has host, port and URL of a service under the service's name", () => {
    const stack = running({ "contract-engine": service({ "8000/tcp": "localhost:32768" }) });
    assert.deepEqual(stackVariables(stack), {
      CONTRACT_ENGINE_HOST: "localhost",
      CONTRACT_ENGINE_PORT: "32768",
      CONTRACT_ENGINE_PORT_8000: "32768",
      CONTRACT_ENGINE_URL: "http://localhost:32768",
      PULUMI_COMPOSE_STACK: "t-1",
      PULUMI_COMPOSE_TEST: JSON.stringify(stack),
    });
  });

  test("has the lowest TCP port of several as the service's, and each under its own number", () => {
    const ports = { "8080/tcp": "[fd00::1]:3", "80/tcp": "[fd00::1]:2", "53/udp": "[fd00::1]:1" };
    const variables = stackVariables(running({ web: service(ports) }));
    assert.equal(variables.WEB_HOST, "[fd00::1]");
    assert.equal(variables.WEB_PORT, "2");
    assert.equal(variables.WEB_PORT_8080, "3");
    assert.equal(variables.WEB_PORT_53, undefined);
  });

  test("has the scheme that a well-known port speaks, and the address through the gateway where there is one", () => {
    assert.equal(urlOf({ "5432/tcp": "localhost:1" }), "postgresql://localhost:1");
    assert.equal(urlOf({ "443/tcp": "localhost:1" }), "https://localhost:1");
    assert.equal(urlOf({ "53/udp": "localhost:1" }), null);
    const routed = service({}, "http://localhost:5/api");
    const variables = stackVariables(running({ api: routed, job: service({}) }));
    assert.equal(variables.API_URL, "http://localhost:5/api");
    assert.deepEqual(
      Object.keys(variables).filter((name) => /^(API|JOB)_/.test(name)),
      ["API_URL"],
    );
  });

  test("does not send Docker's command line to a service that is called docker", () => {
    const variables = stackVariables(running({ docker: service({ "2375/tcp": "localhost:1" }) }));
    assert.equal(variables.DOCKER_HOST, undefined);
    assert.equal(variables.DOCKER_PORT, "1");
  });
});
