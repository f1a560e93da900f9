/**
 * The public face of `pulumi-compose`: a Compose project as Pulumi resources.
 */
export { composeProject } from "./compose-project.ts";
export type { ComposeGateway, ComposeProject, ComposeProjectArgs } from "./compose-project.ts";
export { flag, readConfig } from "./config.ts";
export type { ConfigArgs, SecretDefinition, StackConfig } from "./config.ts";
export type { Definitions, File, Network, Volume } from "./compose-spec/definitions.ts";
export type { Healthcheck, Service } from "./compose-spec/service.ts";
export { mistake } from "./findings/finding.ts";
export type { Finding } from "./findings/finding.ts";
export { routesDirectory } from "./local/program-state.ts";
export type { TierDefinition } from "./model/model.ts";
export type { Certificate, EntryPoint } from "./plan/route.ts";
export type { PlanArgs } from "./project-plan.ts";
export { Project } from "./project.ts";
export type { ProjectOutputs } from "./project.ts";
export type { ContainerArguments, ContainerTransform } from "./provider/transform.ts";
export type { ComposeTier } from "./reader/tier.ts";
