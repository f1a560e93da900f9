import { Option, type Command } from "commander";
import { engineClock } from "../engine/clock.ts";
import { networksOf } from "../engine/inventory.ts";
import { projectReadiness } from "../engine/project-readiness.ts";
import { commandFor } from "../local/command-for.ts";
import type { OneOff } from "../plan/one-off.ts";
import { askAbout } from "./ask-program.ts";
import type { Target } from "./target.ts";
import { composeOn } from "./compose-file.ts";
import { collected } from "./init/options.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { compose, engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { needOneEngine } from "./swarm.ts";

/** Compose's options of `docker compose run`, each as commander has it. */
const composeOptions = [
  ["--rm", "remove the container when it has ended"],
  ["-d, --detach", "run it in the background, and print its name"],
  ["-e, --env <variable>", "set a variable: --env LEVEL=debug"],
  ["-u, --user <user>", "run as this user"],
  ["-w, --workdir <folder>", "work in this folder of the container"],
  ["-v, --volume <mount>", "mount further: --volume ./dump:/dump"],
  ["--entrypoint <command>", "run this in place of the image's entrypoint"],
  ["--name <name>", "give the container this name"],
  ["-p, --publish <port>", "publish a port: --publish 8081:80"],
  ["--service-ports", "publish the service's own ports"],
  ["-T, --no-TTY", "without a terminal, also where there is one"],
] as const;

/** What was given, by the option's name for commander. */
type Given = Readonly<Record<string, boolean | string | readonly string[]>>;

/**
 * `docker compose run` on a stack: one more container of a service, with another command. The container is in no state,
 * and Compose's labels tell it from the service's own.
 */
export function runCommand(): Command {
  const command = stackCommand("run", "run a one-off of a service: run --rm web sh")
    .argument("<service>", "the service whose image, environment, secrets, networks and volumes it has")
    .argument("[command...]", "the command in place of the service's own")
    .passThroughOptions();
  for (const [flags, description] of composeOptions) {
    const option = new Option(flags, description);
    // Each may be given several times.
    command.addOption(option.required ? option.argParser(collected) : option);
  }
  return command.action(async (service: string, words: readonly string[], given: Given) => {
    const target = await targetOf(command);
    needOneEngine(target);
    await need(engine, compose);
    const oneOff = await askFor(service, target);
    await mustBeUp(service, oneOff, target);
    // Compose asks for a terminal where nobody has one.
    const terminal = process.stdin.isTTY && process.stdout.isTTY ? [] : ["--no-TTY"];
    const options = [...terminal, ...optionsIn(command, given)];
    process.exitCode = await composeOn(oneOff, ["run", "--no-deps", ...options, service, ...words]);
  });
}

async function askFor(service: string, target: Target): Promise<OneOff> {
  const projects = await askAbout([service], target, "run", { oneOff: service });
  const found = projects.find(({ oneOff }) => oneOff !== undefined)?.oneOff;
  if (found !== undefined) return found;
  throw new NeedsAttention(
    `a secret of the stack ${target.stack} is known only when the program has made something`,
    `Bring the stack up first: ${commandFor(target.program.directory, target.stack, "up")}`,
  );
}

/** Refuses a one-off whose dependencies are not up. Nothing is brought up unasked: an update may replace containers. */
async function mustBeUp(
  service: string,
  { file, waitsFor, networks }: OneOff,
  target: Target,
): Promise<void> {
  const project = file.name;
  const clock = await engineClock();
  const [found, present] = await Promise.all([
    projectReadiness(
      project,
      { since: clock.start, now: clock.now() },
      waitsFor.flatMap(({ service: name, condition }) =>
        condition === "service_completed_successfully" ? [name] : [],
      ),
    ),
    networksOf(project),
  ]);
  const open = waitsFor.flatMap(({ service: name, condition }) => {
    const containers = found.filter((container) => container.service === name);
    if (containers.length === 0) return [[name, `${name} is not there`] as const];
    return containers.flatMap(({ container, verdict }) => {
      if (verdict.state === "failed") return [[name, `${container} ${verdict.reason}`] as const];
      if (verdict.state === "ready" || condition === "service_started") return [];
      return [[name, `${container} has ${verdict.detail}`] as const];
    });
  });
  const { program, stack } = target;
  if (open.length > 0) {
    const names = [...new Set(open.map(([name]) => name))];
    throw new NeedsAttention(
      [`${service} depends on what is not up:`, ...open.map(([, what]) => `  ${what}`)].join("\n"),
      commandFor(program.directory, stack, "up", ...names),
    );
  }
  const missing = networks.filter((network) => !present.some(({ name }) => name === network));
  if (missing.length > 0) {
    throw new NeedsAttention(
      `the engine has no network ${missing.join(", ")}, which ${service} joins`,
      `Bring the stack up first: ${commandFor(program.directory, stack, "up")}`,
    );
  }
}

/** The options that were given, as Compose takes them. */
function optionsIn(command: Command, given: Given): string[] {
  return command.options.flatMap((option) => {
    const value = given[option.attributeName()];
    const isOurs = composeOptions.some(([flags]) => flags === option.flags);
    if (!isOurs || value === undefined) return [];
    const flag = option.long ?? "";
    if (typeof value === "boolean") return value !== option.negate ? [flag] : [];
    return [value].flat().flatMap((entry) => [flag, entry]);
  });
}
