import { composeProject } from "pulumi-compose";

export const { services, gatewayUrl } = composeProject({ gateway: { service: "traefik" } });
