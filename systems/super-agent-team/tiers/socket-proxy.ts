import type { Definitions } from "pulumi-compose";
import { common, confined } from "./defaults.ts";

const port = 2375;

/** Not beside the key `image`, so that set-up does not make the image where no swarm is: the nodes pull it. */
const proxyImage = "nginx:1.28-alpine";

/** Where Traefik asks for the services of a swarm. */
export const socketProxyAddress = `tcp://socket-proxy:${port}`;

/** All that Traefik's provider for a swarm asks for, and nothing that changes anything. */
const paths = "_ping|version|services|tasks|networks|nodes/[a-z0-9]+";

const configuration = `
user root;
worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {
    listen ${port};
    location / {
      return 403;
    }
    location ~ ^(/v[0-9.]+)?/(${paths})$ {
      limit_except GET {
        deny all;
      }
      proxy_pass http://unix:/var/run/docker.sock;
    }
  }
}
`;

/**
 * Stands between Traefik and the socket of a manager, which is root on all nodes to whoever can write to the socket.
 */
export function socketProxy(): Definitions {
  return {
    networks: { socket: { internal: true } },
    configs: { "socket-proxy.conf": { content: configuration } },
    services: {
      "socket-proxy": {
        ...common,
        ...confined,
        read_only: true,
        tmpfs: ["/tmp"],
        image: proxyImage,
        entrypoint: ["nginx", "-g", "daemon off;"],
        configs: [{ source: "socket-proxy.conf", target: "/etc/nginx/nginx.conf" }],
        volumes: [{ type: "bind", source: "/var/run/docker.sock", target: "/var/run/docker.sock" }],
        networks: { socket: null },
        healthcheck: {
          test: ["CMD", "wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${port}/_ping`],
          interval: "10s",
          timeout: "5s",
          retries: 3,
          start_period: "10s",
        },
        stop_grace_period: "10s",
        deploy: { resources: { limits: { memory: "64M" } } },
      },
    },
  };
}
