import type { Healthcheck, Service } from "../model/service.ts";

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

/** Where a routed service is reached inside the stack. */
export function serviceUrl(services: Readonly<Record<string, Service>>, name: string): string {
  const route = services[name]?.["x-route"];
  if (route === undefined) throw new Error(`the service ${name} has no route to take its port from`);
  return `http://${name}:${route.port}`;
}
