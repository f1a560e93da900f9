/**
 * The public face of `pulumi-compose`: a Compose project as Pulumi resources.
 */
export { composeProject } from "./compose-project.ts";
export type { ComposeGateway, ComposeProject, ComposeProjectArgs } from "./compose-project.ts";
export { readConfig } from "./config.ts";
export type { ConfigArgs, SecretDefinition, StackConfig } from "./config.ts";
export type { DefinitionsInput as Definitions } from "./compose-spec/definitions.ts";
export type { ServiceInput as Service } from "./compose-spec/service.ts";
export { mistake, warning } from "./findings/finding.ts";
export type { Finding } from "./findings/finding.ts";
export { routesDirectory } from "./local/program-state.ts";
export type { Certificate, EntryPoint } from "./plan/route.ts";
export { Project } from "./project.ts";
export type { ProjectArgs, ProjectOutputs } from "./project.ts";
export type { ContainerArguments, ContainerTransform } from "./provider/transform.ts";
export type { ComposeTier, TierDefinition } from "./reader/tier.ts";
export { flag } from "./stack-keys.ts";
