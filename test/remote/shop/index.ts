import { composeProject } from "pulumi-compose";

export const { services } = composeProject();
