import { hasHealthcheck } from "../compose-spec/healthcheck.ts";
import type { Service } from "../compose-spec/service.ts";
import { own } from "../compose-spec/own.ts";
import type { Model } from "../model/model.ts";
import { inService, warning, type Finding } from "../findings/finding.ts";
import type { WrittenFile, WrittenService } from "../compose-spec/written.ts";
import { withoutShell } from "./healthcheck.ts";

/** `$NAME`, `${NAME}`; not `$$NAME`, and not `${NAME:-default}`, whose author knew who fills it in. */
const variable = /(?<!\$)(?:\$\$)*\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/**
 * What is likely to be wrong in Compose files as they are written, each with its file: interpolation and the short
 * forms are gone from what Compose makes of them.
 *
 * @param stacks Names of the program's stacks.
 */
export function guessInWritten(
  files: readonly WrittenFile[],
  model: Model,
  stacks: readonly string[],
): Finding[] {
  return files.flatMap((file, index) =>
    Object.entries(file.services).flatMap(([name, service]) => {
      const merged = own(model.services, name);
      // Its profile is not wanted.
      if (merged === undefined) return [];
      const later = files.slice(index + 1).flatMap(({ services }) => own(services, name) ?? []);
      const over = own(model.sources.at(-1)?.definitions.services, name);
      return [
        ...(over?.healthcheck?.test === undefined && !later.some((other) => testOf(other) !== undefined)
          ? interpolatedHealthCommand(service, merged, file)
          : []),
        ...startedNotHealthy(service, merged, later, model),
        ...(stacks.length > 1 ? fixedContainerName(service, merged, later, stacks) : []),
      ].map((finding) => ({ ...inService(name, finding), file: file.file }));
    }),
  );
}

function testOf({ healthcheck }: WrittenService): unknown {
  return ((healthcheck ?? {}) as { readonly test?: unknown }).test;
}

function variablesIn(words: readonly string[]): ReadonlySet<string> {
  return new Set([...words.join(" ").matchAll(variable)].map(([, braced, plain]) => braced ?? plain ?? ""));
}

/** A variable of the container's that Compose fills in beforehand, with another value or with none. */
function interpolatedHealthCommand(service: WrittenService, merged: Service, file: WrittenFile): Finding[] {
  if (!hasHealthcheck(merged)) return [];
  const test = testOf(service);
  const words = (Array.isArray(test) ? test : ["CMD-SHELL", test]).filter((word) => typeof word === "string");
  const shellLess = variablesIn(withoutShell(words));
  return [...variablesIn(words)].flatMap((variable) => {
    const filled = file.variable(variable);
    const inContainer = own(merged.environment, variable);
    if (filled !== undefined && (inContainer === undefined || inContainer === filled)) return [];
    const value = filled === undefined ? "nothing, as it is not set" : "a value that is not the container's";
    return [
      warning("interpolated-health-command", {
        path: "healthcheck.test",
        message: `Compose replaces $${variable} with ${value}`,
        fix: shellLess.has(variable)
          ? `write CMD-SHELL instead of CMD, with one text that has $$${variable}: a shell replaces it`
          : `write $$${variable}: the shell of the container replaces it`,
      }),
    ];
  });
}

/**
 * The short form waits for a container to be there; whoever writes `service_started` says that he means it.
 *
 * @param merged What Compose makes of the service with all that is laid over it.
 * @param later The service in the files that are laid over this one.
 */
function startedNotHealthy(
  { depends_on }: WrittenService,
  merged: Service,
  later: readonly WrittenService[],
  model: Model,
): Finding[] {
  if (!Array.isArray(depends_on)) return [];
  return [...new Set(depends_on.map(String))].flatMap((dependency) => {
    const other = own(model.services, dependency);
    const starts = own(merged.depends_on, dependency)?.condition === "service_started";
    if (other === undefined || !hasHealthcheck(other) || !starts) return [];
    if (later.some((service) => dependsOn(service, dependency))) return [];
    return [
      warning("started-not-healthy", {
        path: "depends_on",
        message: `the short form waits until \`${dependency}\` has started, and not until it is healthy`,
        fix: `write \`${dependency}: { condition: service_healthy }\`, or service_started if that is meant`,
      }),
    ];
  });
}

function dependsOn({ depends_on }: WrittenService, dependency: string): boolean {
  if (Array.isArray(depends_on)) return depends_on.map(String).includes(dependency);
  return typeof depends_on === "object" && depends_on !== null && Object.hasOwn(depends_on, dependency);
}

/** One name for the containers of all stacks, of which the engine can have one at a time. */
function fixedContainerName(
  { container_name: name }: WrittenService,
  merged: Service,
  later: readonly WrittenService[],
  stacks: readonly string[],
): Finding[] {
  if (typeof name !== "string" || name.includes("$") || merged.container_name !== name) return [];
  if (later.some((other) => other.container_name !== undefined)) return [];
  return [
    warning("fixed-container-name", {
      path: "container_name",
      message: `container name \`${name}\` is the same in every stack (${stacks.join(", ")}), so only one can be up`,
      fix: "remove the key, or put a variable into it that each stack sets",
    }),
  ];
}
