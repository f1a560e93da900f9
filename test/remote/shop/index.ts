import { composeProject } from "pulumi-compose";

export const { services, gatewayUrl, routes } = composeProject({ gateway: { service: "gateway" } });
