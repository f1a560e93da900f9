import { Project, readConfig, type Definitions } from "pulumi-compose";
import { z } from "zod";

const { config, mistakes } = readConfig({
  settings: z.object({ port: z.string(), regions: z.string().default("eu, us") }),
});

// Compose's keys, with what TypeScript is good for: the page has a line for each region.
const lines = config.regions.split(", ").map((region) => `<li>${region}</li>`);

const web: Definitions = {
  configs: { page: { content: `<ul>${lines.join("")}</ul>\n` } },
  services: {
    web: {
      image: "nginx:1.28-alpine",
      ports: [{ target: 80, published: config.port, host_ip: "127.0.0.1" }],
      configs: [{ source: "page", target: "/usr/share/nginx/html/index.html" }],
      depends_on: { redis: { condition: "service_healthy" } },
      healthcheck: {
        test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"],
        start_period: "30s",
        start_interval: "250ms",
      },
    },
  },
};

export const { services } = new Project(config.project, {
  ...config,
  mistakes,
  directory: import.meta.dirname,
  tiers: [
    { name: "data", files: ["compose.yaml"] },
    { name: "web", definitions: web },
  ],
}).outputs;
