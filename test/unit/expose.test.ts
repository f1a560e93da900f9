import assert from "node:assert/strict";
import { test } from "node:test";
import { unsetExpose } from "../../components/guesses/expose.ts";
import { modelFrom, type Written } from "./builders.ts";

/** The advice for a service that exposes port 3000. */
function advice(service: Written): string[] {
  const model = modelFrom({ services: { app: { image: "app", expose: ["3000"], ...service } } });
  return unsetExpose(model.services.app ?? {}).map(({ fix }) => fix);
}

const rule = (router: string) => ({ [`traefik.http.routers.${router}.rule`]: "Host(`a.example`)" });

test("a port in `expose` is warned of where a proxy looks there for it", () => {
  assert.deepEqual(advice({ environment: { VIRTUAL_HOST: "a.example" } }), [
    'write VIRTUAL_PORT: "3000" below environment',
  ]);
  assert.deepEqual(advice({ labels: { "traefik.enable": "true", ...rule("shop") } }), [
    'write the label traefik.http.services.shop.loadbalancer.server.port: "3000"',
  ]);
  assert.deepEqual(advice({ labels: { ...rule("shop"), "traefik.http.routers.shop.service": "web" } }), [
    'write the label traefik.http.services.web.loadbalancer.server.port: "3000"',
  ]);
  assert.deepEqual(advice({ labels: ["traefik.frontend.rule=Host:a"] }), [
    'write the label traefik.port: "3000"',
  ]);
  assert.deepEqual(advice({ labels: ["traefik.enable=true"] }).length, 1);
  assert.deepEqual(advice({ expose: ["3000-3005/tcp"], environment: { VIRTUAL_HOST: "a" } }).length, 1);
});

test("`expose` alone is nothing to warn of, nor a port that is named or published besides", () => {
  const quiet: Written[] = [
    {},
    { environment: { VIRTUAL_HOST: "a.example", VIRTUAL_PORT: "3000" } },
    { environment: { VIRTUAL_HOST: "a.example" }, expose: ["80"] },
    { environment: { VIRTUAL_HOST: "a.example" }, ports: ["3000"] },
    { environment: { VIRTUAL_HOST: "a.example" }, expose: [] },
    { labels: { ...rule("shop"), "traefik.http.services.shop.loadbalancer.server.port": "3000" } },
    { labels: { ...rule("shop"), "traefik.http.routers.shop.service": "api@internal" } },
    { labels: { ...rule("shop"), "traefik.enable": "false" } },
    { labels: { "org.example": "traefik" } },
  ];
  for (const service of quiet) assert.deepEqual(advice(service), [], JSON.stringify(service));
});
