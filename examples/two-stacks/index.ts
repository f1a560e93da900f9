import { composeProject } from "pulumi-compose";

// compose.yaml and its override, .env, and Pulumi.<stack>.yaml laid over them.
export const { services } = composeProject();
