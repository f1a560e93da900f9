import { composeProject } from "pulumi-compose";

export const { services, routes, gatewayUrl } = composeProject({
  secrets: { password: { default: "open-sesame-4711" } },
  gateway: { service: "traefik" },
});
