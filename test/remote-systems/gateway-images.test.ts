import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runCommand } from "../fixture/command.ts";
import { directory, type TestStack } from "../fixture/stack.ts";
import { whyNoServer, type Server } from "../remote/server.ts";
import { ShopOnServer } from "../remote/shop-on-server.ts";
import { statusThere } from "../remote/systems-server.ts";

const scratch = `FROM traefik:v3.6 AS whole
FROM scratch
COPY --from=whole /usr/local/bin/traefik /usr/local/bin/traefik
ENV PATH=/usr/local/bin
ENTRYPOINT ["/usr/local/bin/traefik"]
`;

/** Debian's image has no nc. */
const withoutBash = `FROM traefik:v3.6 AS whole
FROM debian:bookworm-slim
RUN rm /bin/bash
COPY --from=whole /usr/local/bin/traefik /usr/local/bin/traefik
ENTRYPOINT ["/usr/local/bin/traefik"]
`;

describe("a gateway on a server whose image has", { skip: whyNoServer() ?? false }, () => {
  let shop: ShopOnServer;
  let server: Server;
  let stack: TestStack;
  // A revision's route is given to a gateway that runs.
  const configure = (image: string, revision: string) =>
    shop.configure({
      gateway: { image },
      page: {
        environment: { REVISION: revision },
        depends_on: { gateway: { condition: "service_healthy" } },
      },
    });
  before(async () => {
    shop = await ShopOnServer.start({ images: ["debian:bookworm-slim"] });
    ({ server, stack } = shop);
    for (const [image, recipe] of Object.entries({
      "traefik-alone:1": scratch,
      "traefik-without-bash:1": withoutBash,
    })) {
      const args = ["--host", server.engine.host, "build", "--tag", image, "-"];
      const build = await runCommand("docker", args, { cwd: directory, input: recipe });
      assert.equal(build.code, 0, build.output);
    }
  });
  after(() => shop.end());

  test("neither bash nor nc is given a route without a trial, which up says, and no request is lost", async () => {
    await configure("traefik-without-bash:1", "1");
    await stack.recover();
    await configure("traefik-without-bash:1", "2");
    const end = await server.load("http://127.0.0.1/page");
    const { code, output } = await stack.command("up", "--yes");
    const { requests, failures } = await end();
    assert.equal(code, 0, output);
    assert.match(output, /page does not answer \/health through the gateway: .*not found/);
    assert.deepEqual(failures, []);
    assert.ok(requests > 100, `only ${requests} requests`);
  });

  test("no shell gets no new route, which up says with what to do, and the one that is there stays", async () => {
    await configure("traefik-alone:1", "3");
    const { code, output } = await stack.command("up", "--yes");
    assert.equal(code, 1, output);
    assert.match(output, /the gateway cannot be given its routes: /);
    assert.match(output, /→ the image of a gateway on another machine needs the commands sh and mv/);
    assert.doesNotMatch(output, /^\s+at /m);
    assert.match(await server.docker("ps", "--format", "{{.Image}}"), /^traefik-alone:1$/m);
    assert.equal(await statusThere(server, "http://127.0.0.1/page/health"), "200");
  });
});
