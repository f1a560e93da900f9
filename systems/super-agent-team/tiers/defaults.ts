import type { Service } from "pulumi-compose";

/** What every service of the stack has in common: restarts, a limit of processes, logs that cannot fill a disk. */
export const common: Service = {
  restart: "unless-stopped",
  pids_limit: 512,
  logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3", tag: "{{.Name}}" } },
};

/** What no container here needs: capabilities, or more rights than its first process has. */
export const confined: Service = { cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] };

/** One that writes to its volumes and to `/tmp`, and nowhere else. */
export const readOnly: Service = { ...confined, read_only: true, tmpfs: ["/tmp"] };

/** A FastAPI service's health check: its image has Python, and no curl. */
export function pythonHealthcheck(port: number, path: string): NonNullable<Service["healthcheck"]> {
  const url = `http://localhost:${port}${path}`;
  return {
    test: ["CMD-SHELL", `python -c "import urllib.request; urllib.request.urlopen('${url}')"`],
    interval: "15s",
    timeout: "5s",
    retries: 3,
    start_period: "30s",
  };
}
