import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";

/**
 * Ports in `expose` that a proxy beside the service looks for. Containers reach each other's ports in any case, and so
 * `expose` is missed only by who reads it from the engine: nginx-proxy, and Traefik where no label names a port.
 */
export function unsetExpose(service: Service): Finding[] {
  const { expose = [], ports = [], environment = {}, labels = {} } = service;
  const published = new Set(ports.map(({ target }) => String(target)));
  const [port] = expose.map((entry) => entry.split(/[-/]/)[0] ?? "").filter((entry) => !published.has(entry));
  if (port === undefined) return [];
  const hosts = environment.VIRTUAL_HOST ?? "";
  // Port 80 is what nginx-proxy takes where it finds none.
  if (hosts !== "" && !environment.VIRTUAL_PORT && port !== "80")
    return [unset("VIRTUAL_HOST", `write VIRTUAL_PORT: "${port}" below environment`)];
  const label = routedBy(Object.keys(labels), labels);
  return label === undefined ? [] : [unset(label.reads, `write the label ${label.fix}: "${port}"`)];
}

function unset(reader: string, fix: string): Finding {
  const message = `the key is not set: the Docker provider has no argument for it, and \`${reader}\` has a proxy look there for the port`;
  return warning("expose-not-set", { path: "expose", message, fix });
}

/** The label by which Traefik finds the service, where no other label names its port. */
function routedBy(
  names: readonly string[],
  labels: Readonly<Record<string, string>>,
): { readonly reads: string; readonly fix: string } | undefined {
  if (labels["traefik.enable"] === "false") return undefined;
  if (names.some((name) => /^traefik\.(?:.+\.)?(?:loadbalancer\.server\.)?(?:port|url)$/i.test(name)))
    return undefined;
  for (const reads of names) {
    const [, kind = "", router = ""] = /^traefik\.(http|tcp|udp)\.routers\.([^.]+)\./i.exec(reads) ?? [];
    if (kind === "") continue;
    // Traefik's own services (`api@internal`) have no port.
    const served = labels[`traefik.${kind}.routers.${router}.service`] ?? router;
    if (served.includes("@")) continue;
    return { reads, fix: `traefik.${kind}.services.${served}.loadbalancer.server.port` };
  }
  if (names.includes("traefik.frontend.rule")) return { reads: "traefik.frontend.rule", fix: "traefik.port" };
  return labels["traefik.enable"] === "true"
    ? { reads: "traefik.enable", fix: "traefik.http.services.<name>.loadbalancer.server.port" }
    : undefined;
}
