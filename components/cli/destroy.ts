import { InvalidArgumentError, type Command } from "commander";
import { keepImages, removeImage } from "../engine/images.ts";
import { containersOf, oneOffsOf, removeContainer, removeVolume, volumesOf } from "../engine/inventory.ts";
import { stackInSwarm } from "../engine/stack-in-swarm.ts";
import { projectLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { goingOn } from "./gone-services.ts";
import { mustConfirm } from "./init/terminal.ts";
import { tellLock } from "./locked.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
import { moveToManager } from "./provider-host.ts";
import { findProgram } from "./program.ts";
import { runUpdate } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { engine, need } from "./requirements.ts";
import { namedIn, stackCommand, targetOf } from "./stack-command.ts";
import { readState, volumesOnNodes } from "./stack-state.ts";
import { tellFullDisk } from "./state-file.ts";
import { isOnSwarm } from "./swarm.ts";
import { ageOf, destroyOlder, type Age } from "./testing/destroy-older.ts";
import { updateOptions, type UpdateOptions } from "./update-options.ts";

interface DestroyOptions extends UpdateOptions {
  readonly volumes?: boolean;
  readonly images?: boolean;
  readonly olderThan?: Age;
}

/** Takes the stack down in the reverse order of `up`. On a terminal Pulumi shows what it will remove, and asks. */
export function destroyCommand(): Command {
  return stackCommand("destroy", "take the stack down; data volumes are kept")
    .option("-y, --yes", "do not show a preview and ask first")
    .option("--volumes", "remove the data volumes as well, after a question of its own")
    .option("--images", "remove the images of the services as well")
    .option(
      "--older-than <age>",
      "take down every stack that up --like made and that was not updated for 7d, 12h or 30m; their data goes too",
      older,
    )
    .action(async ({ volumes, images, olderThan, ...options }: DestroyOptions, command: Command) => {
      const asked = updateOptions("destroy", options);
      if (olderThan !== undefined) {
        const { cwd, stack } = namedIn(command);
        await need(engine);
        const meant = { age: olderThan, only: stack, asks: options.yes !== true };
        process.exitCode = await destroyOlder(findProgram(cwd), meant);
        return;
      }
      const target = await targetOf(command);
      await need(engine, () => needPassphrase(target));
      if (isOnSwarm(target) && (volumes === true || images === true)) mustBeOnEngine(target);
      const project = projectName(target.program.name, target.stack);
      const data = (await volumesOf(project)).map(({ name }) => name).sort();
      if (volumes === true && options.yes !== true && data.length > 0) {
        const question = `Remove ${data.join(", ")} with all data, for good?`;
        await mustConfirm(question, "Without --volumes destroy keeps the volumes.");
      }
      await removeOneOffs(project, options.yes !== true);
      // The containers name the images, so the containers are asked while they are there.
      const used = images === true ? await imagesOf(project) : [];
      const onNodes = isOnSwarm(target) ? await volumesByNode(target, project) : undefined;
      await recover(target);
      await moveToManager(target);
      const args = ["destroy", "--stack", target.stack, "--suppress-outputs", ...asked];
      const run = (words: readonly string[]) => runUpdate([...args, ...words], target.program.directory);
      process.exitCode = await (onNodes === undefined ? run([]) : goingOn(target, run));
      if (process.exitCode !== 0) {
        await tellLock(target);
        await tellFullDisk(target);
        return;
      }
      // What was kept for a rollback: there is nothing to roll back any more.
      await keepImages(project, [], []);
      if (volumes === true) await removeVolumes(data);
      else if (onNodes === undefined) await tellVolumes(project);
      else tellVolumesByNode(onNodes);
      await removeImages(used);
    });
}

function mustBeOnEngine({ stack }: Target): never {
  throw new NeedsAttention(
    `the volumes and the images of the stack ${stack} are on the nodes of a swarm, and destroy reaches none of them`,
    "Run destroy without --volumes and --images. At its end, it says on which nodes the volumes are, and how to remove them.",
  );
}

/** The volumes that the nodes of a swarm have made for a stack, each with its nodes, as long as its services are there. */
async function volumesByNode(target: Target, project: string): Promise<Record<string, string[]>> {
  const own = volumesOnNodes(await readState(target));
  const { services } = await stackInSwarm(`${projectLabel}=${project}`);
  return Object.fromEntries(
    own.toSorted().flatMap((name): [string, string[]][] => {
      const nodes = new Set(services.flatMap(({ volumes }) => volumes[name] ?? []));
      return nodes.size === 0 ? [] : [[name, [...nodes].sort()]];
    }),
  );
}

/** What is left on the nodes, as far as the manager knew where a service has run, and how it is removed for good. */
function tellVolumesByNode(volumes: Readonly<Record<string, readonly string[]>>): void {
  const names = Object.keys(volumes);
  if (names.length === 0) return;
  const places = Object.entries(volumes).map(([name, nodes]) => `${name} on ${nodes.join(" and ")}`);
  console.log(`Kept, with their data: ${places.join(", ")}. The next up takes them up again.`);
  console.log(`To remove them for good, on the nodes that have them: docker volume rm ${names.join(" ")}`);
}

function older(text: string): Age {
  const age = ageOf(text);
  if (age === undefined) throw new InvalidArgumentError("It is an age such as 7d, 12h or 30m.");
  return age;
}

/** They would hold the networks and the volumes. */
async function removeOneOffs(project: string, asks: boolean): Promise<void> {
  const oneOffs = await oneOffsOf(project);
  if (oneOffs.length === 0) return;
  const names = oneOffs.map(({ name }) => name).join(", ");
  if (asks) await mustConfirm(`Remove ${names}, which run has left?`, "They use what destroy removes.");
  await Promise.all(oneOffs.map(({ id }) => removeContainer(id)));
  console.log(`Removed what run had left: ${names}`);
}

async function removeVolumes(names: readonly string[]): Promise<void> {
  // A volume that the stack does not keep went with it.
  for (const name of names) await removeVolume(name);
  if (names.length > 0) console.log(`Removed, with their data: ${names.join(", ")}`);
}

async function imagesOf(project: string): Promise<string[]> {
  return [...new Set((await containersOf(project)).map(({ Image: image }) => image))].sort();
}

async function removeImages(references: readonly string[]): Promise<void> {
  for (const reference of references) {
    const isRemoved = await removeImage(reference);
    console.log(isRemoved ? `Removed the image ${reference}` : `Kept the image ${reference}: others use it`);
  }
}

/** What is left on the engine, and how it is removed for good. */
async function tellVolumes(project: string): Promise<void> {
  const names = (await volumesOf(project)).map(({ name }) => name).sort();
  if (names.length === 0) return;
  console.log(`Kept, with their data: ${names.join(", ")}. The next up takes them up again.`);
  console.log(`To remove them for good: docker volume rm ${names.join(" ")}`);
}
