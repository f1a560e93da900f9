import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { nameIn } from "../changes/before.ts";
import { numberBefore, type EarlierDefinitions } from "../changes/history.ts";
import type { Service } from "../compose-spec/service.ts";
import { own } from "../compose-spec/own.ts";
import { identityOf, keptName, tagImage } from "../engine/images.ts";
import { commandFor } from "../local/command-for.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { needOneEngine } from "./swarm.ts";
import { definitionsIn, present, readState, updatesNoted, type State } from "./stack-state.ts";
import { showStatusAfterUp } from "./status.ts";
import { bringUp, updateForPrograms, type Follow } from "./up.ts";
import type { UpdateOptions } from "./update-options.ts";

interface RollbackOptions extends UpdateOptions {
  readonly to?: number;
  readonly json?: boolean;
}

/** Brings the services and routes of an earlier update up again, as an update like any other. Data stays as it is. */
export function rollbackCommand(): Command {
  return stackCommand("rollback", "bring the definitions of an earlier update up again; data stays as it is")
    .option("--to <number>", "the update, by its number in history (default: the one before)", numberOf)
    .option("-y, --yes", "do not show a preview and ask first")
    .option("--diff", "show every change in full")
    .option("--json", "print what came of it as JSON, and everything else on standard error")
    .action(async (options: RollbackOptions, command: Command) => {
      const choose = () => targetOf(command);
      if (options.json === true) {
        await updateForPrograms(
          choose,
          async (target, follow) => (await rollBack(target, options, follow)).code,
        );
        return;
      }
      const target = await choose();
      const { code, number } = await rollBack(target, options);
      process.exitCode = code;
      if (code !== 0) return;
      await showStatusAfterUp(target);
      const { program, stack } = target;
      const up = commandFor(program.directory, stack, "up");
      console.log(
        `The stack ${stack} is as it was at update ${number}. The program's own is brought back by ${up}`,
      );
    });
}

/** @returns Pulumi's exit code, and the number of the update that was wanted. */
async function rollBack(
  target: Target,
  options: RollbackOptions,
  follow?: Follow,
): Promise<{ readonly code: number; readonly number: number }> {
  needOneEngine(target, "Bring up the definitions of an earlier commit.");
  await need(engine, () => needPassphrase(target));
  const state = await readState(target);
  const number = chosen(target, state, options.to);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-compose-"));
  const file = join(folder, "definitions");
  try {
    const { project, definitions } = await withImages(target, state, number);
    writeFileSync(file, JSON.stringify(definitions), { mode: 0o600 });
    const rollback = { project, number, file };
    return { code: await bringUp(target, [], { ...options, profile: [], rollback }, follow), number };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function numberOf(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It has to be the number of an update.");
}

/** @throws NeedsAttention where the history has no such update. */
function chosen({ program, stack }: Target, state: State | undefined, wanted: number | undefined): number {
  const updates = updatesNoted(state);
  const number = wanted ?? numberBefore(updates);
  if (number !== undefined && updates.some((update) => update.number === number)) return number;
  const numbers = updates.map((update) => update.number).join(", ");
  throw new NeedsAttention(
    number === undefined
      ? `the stack ${stack} has no update before the one that runs now`
      : `the stack ${stack} has no update ${number}`,
    `${numbers === "" ? "None is noted yet." : `Noted are ${numbers}.`} See ${commandFor(program.directory, stack, "history")}`,
  );
}

/**
 * What the stack was defined as at an update, each service with its image as the engine or a registry has it.
 *
 * @throws NeedsAttention with every image that is gone.
 */
async function withImages(
  target: Target,
  state: State | undefined,
  number: number,
): Promise<{ readonly project: string; readonly definitions: EarlierDefinitions }> {
  const { project, definitions } = await definitionsIn(target);
  const earlier = definitions[number];
  if (earlier === undefined) throw new Error(`update ${number} has no definitions`);
  const inState = builtIn(state);
  const gone: string[] = [];
  const services = await Promise.all(
    Object.entries(earlier.model.services).map(async ([name, service]): Promise<[string, Service]> => {
      const reference = own(earlier.images, name)?.reference;
      // What the state has built already, stays as it is.
      if (own(inState, name) === reference && (await isThere(name, earlier))) return [name, service];
      const image = await imageFor(name, earlier);
      if (image === undefined) {
        gone.push(`${name}: ${reference ?? "no image is noted"}`);
        return [name, service];
      }
      const { build, ...rest } = service;
      // What is neither built nor pulled is what the engine has.
      return [name, { ...rest, image, ...(build === undefined ? {} : { pull_policy: "never" }) }];
    }),
  );
  if (gone.length > 0) {
    const list = gone.map((line) => `  ${line}`).join("\n");
    throw new NeedsAttention(
      `images of update ${number} are gone from the engine, and no registry is known to have them:\n${list}`,
      "Nothing was touched. Check out the commit of that update, and bring that up.",
    );
  }
  const model = { ...earlier.model, services: Object.fromEntries(services) };
  return { project, definitions: { ...earlier, model } };
}

/** The references of the images that a state has as built, by service. */
function builtIn(state: State | undefined): Record<string, string> {
  return Object.fromEntries(
    present(state).flatMap(({ urn, type, inputs: { name, build } = {} }): [string, string][] =>
      type === "docker:index/remoteImage:RemoteImage" && build !== undefined && typeof name === "string"
        ? [[nameIn(urn), name]]
        : [],
    ),
  );
}

async function isThere(service: string, { images }: EarlierDefinitions): Promise<boolean> {
  const image = own(images, service);
  if (image === undefined) return false;
  const found = await identityOf(image.reference).catch(() => undefined);
  return found?.id === image.id;
}

/** The reference by which a service gets the very image that it had; `undefined` where it is gone. */
async function imageFor(service: string, earlier: EarlierDefinitions): Promise<string | undefined> {
  const image = own(earlier.images, service);
  if (image === undefined) return undefined;
  const found = await identityOf(image.id).catch(() => undefined);
  if (own(earlier.buildHashes, service) === undefined) {
    if (await isThere(service, earlier)) return image.reference;
    return image.digest ?? found?.id;
  }
  if (found === undefined) return undefined;
  await tagImage(image.id, keptName(image.reference));
  return keptName(image.reference);
}
