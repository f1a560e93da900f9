import { z } from "zod";
import { Project } from "pulumi-compose";
import { readConfig } from "pulumi-compose";

const { config, mistakes } = readConfig({
  settings: z.object({}),
  secrets: {
    postgresPassword: { default: "trader" },
    // Empty: the execution gateway simulates.
    alpacaApiKeyId: { default: "" },
    // Only the stack oauth2 needs these, and nobody but its owner knows them.
    oauth2ProxyClientId: {},
    oauth2ProxyClientSecret: {},
    oauth2ProxyCookieSecret: {},
  },
});
const { profiles, environment } = config;

export const { services } = new Project(config.project, {
  ...config,
  directory: import.meta.dirname,
  mistakes,
  tiers: [{ name: "trading-platform", files: ["docker-compose.yml"], profiles, environment }],
}).outputs;
