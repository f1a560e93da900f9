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

/**
 * The health check of a service that answers by HTTP: its image has bash, and no curl. Python would take thirty times the
 * processor's time, and a check is made four times a second while a service starts.
 */
export function httpHealthcheck(port: number, path: string): NonNullable<Service["healthcheck"]> {
  const steps = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3`,
    // To the end, so that the service can write all of its answer.
    "mapfile -t answer <&3",
    // The first line is the status; a gate that fails shows it.
    'echo "$answer"',
    "[[ $answer == *' 200 '* ]]",
  ];
  return {
    test: ["CMD", "bash", "-c", steps.join(" && ")],
    interval: "15s",
    timeout: "5s",
    retries: 3,
    start_period: "30s",
  };
}
