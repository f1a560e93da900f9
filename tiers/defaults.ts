import type { Healthcheck, Service } from "../model/service.ts";

/** The tiers, in the order in which they are shown. */
export const tierNames: readonly string[] = ["infra", "foundation", "gateway", "generated"];

/** What every service of the stack has in common: restarts, and logs that cannot fill a disk. */
export const common: Service = {
  restart: "unless-stopped",
  logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3", tag: "{{.Name}}" } },
};

/** A FastAPI service's health check: its image has Python, and no curl. */
export function pythonHealthcheck(port: number, path: string): Healthcheck {
  const url = `http://localhost:${port}${path}`;
  return {
    test: ["CMD-SHELL", `python -c "import urllib.request; urllib.request.urlopen('${url}')"`],
    interval: "15s",
    timeout: "5s",
    retries: 3,
    start_period: "30s",
  };
}
