import { composeProject } from "pulumi-compose";

export const { gatewayUrl, routes, services } = composeProject({
  secrets: {
    postgresPassword: {},
    awsAccessKeyId: { default: "" },
    awsSecretAccessKey: { default: "" },
    awsSessionToken: { default: "" },
  },
  gateway: {
    service: "traefik",
    entryPoint: { name: "websecure", port: "443/tcp", tls: true },
    certificates: [{ certFile: "/certificates/fullchain.pem", keyFile: "/certificates/privkey.pem" }],
  },
});
