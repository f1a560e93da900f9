import { composeProject } from "pulumi-compose";

const directory = process.env.CASE_DIRECTORY;
if (directory === undefined) throw new Error("CASE_DIRECTORY is not set");

/** The service that runs Traefik, of a case that has one. */
const gateway = process.env.CASE_GATEWAY;

export const { services } = composeProject({
  directory,
  ...(gateway === undefined ? {} : { gateway: { service: gateway } }),
});
