import { composeProject } from "pulumi-compose";

export const { services } = composeProject({
  secrets: {
    postgresPassword: { default: "trader" },
    // Empty: the execution gateway simulates.
    alpacaApiKeyId: { default: "" },
    // Only the stack oauth2 needs these, and only its owner knows them.
    oauth2ProxyClientId: {},
    oauth2ProxyClientSecret: {},
    oauth2ProxyCookieSecret: {},
  },
});
