import { composeProject } from "pulumi-compose";

export const { services } = composeProject({
  secrets: { dbPassword: {}, redisPassword: {}, jwtSecret: {} },
  portRegistry: "PORT_REGISTRY.json",
});
