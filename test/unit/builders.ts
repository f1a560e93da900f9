import { check, checkMeasured } from "../../components/checks/index.ts";
import type { Finding } from "../../components/findings/finding.ts";
import { guess } from "../../components/guesses/index.ts";
import type { EngineContainer, Measurements } from "../../components/model/facts.ts";
import { planOf, type PlanOptions, type ServicePlan } from "../../components/plan/plan.ts";
import { definitionsSchema, type Definitions } from "../../components/compose-spec/definitions.ts";
import type { Model } from "../../components/model/model.ts";

/** What a user writes: Compose's keys, short forms included. */
export type Written = Readonly<Record<string, unknown>>;

/** A Compose project in its canonical form. */
export function definitions(written: Written): Definitions {
  return definitionsSchema.parse(written);
}

/** A stack of one tier. */
export function modelFrom(
  { services = {}, networks = {}, volumes = {}, configs = {}, secrets = {} }: Written,
  more: Partial<Model> = {},
): Model {
  const whole = definitions({ services, networks, volumes, configs, secrets });
  return {
    services: whole.services ?? {},
    networks: whole.networks ?? {},
    volumes: whole.volumes ?? {},
    configs: whole.configs ?? {},
    secretFiles: whole.secrets ?? {},
    tiers: [
      {
        name: "all",
        services: Object.keys(services as Written),
        networks: Object.keys(networks as Written),
        volumes: Object.keys(volumes as Written),
      },
    ],
    incomplete: false,
    gateway: undefined,
    secrets: [],
    sources: [],
    ...more,
  };
}

export const options: PlanOptions = {
  project: "shop",
  directory: "/checkout",
  program: "/checkout",
  entryPoint: { name: "web", port: "80/tcp", tls: false },
  buildHashes: {},
};

/** The plan of a stack with this one service in it. */
export function planned(service: Written, more: Partial<PlanOptions> = {}): ServicePlan {
  const [plan] = planOf(modelFrom({ services: { app: { image: "app:1", ...service } } }), {
    ...options,
    ...more,
  }).services;
  if (plan === undefined) throw new Error("the plan has no service");
  return plan;
}

/** Where a finding is and what it says, without the advice. */
export function said(findings: readonly Finding[]): string[] {
  return findings.map(({ path, message }) => `${path}: ${message}`);
}

/** What a stack may be told of beyond itself. */
export interface Around extends Measurements {
  readonly containers?: readonly EngineContainer[];
}

/** Every warning of the stack shop, certain ones and guesses. */
export function warningsIn(model: Model, { containers, ...measured }: Around = {}): Finding[] {
  const findings = [
    ...check(model, () => true),
    ...checkMeasured(model, measured),
    ...guess(model, "shop", containers),
  ];
  return findings.filter(({ kind }) => kind === "warning");
}
