import type { VolumeMount } from "../engine/nodes.ts";
import type { VolumeDefinition } from "../engine/volumes.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { asking } from "../local/asked.ts";
import { needPassphrase } from "./passphrase.ts";
import { capturePulumi } from "./pulumi-cli.ts";
import type { Ended } from "./run.ts";
import type { VolumeCommand } from "./volume-command.ts";

type Labels = readonly { readonly label: string; readonly value: string }[];

interface VolumeInputs {
  readonly name: string;
  readonly driver?: string;
  readonly driverOpts?: Readonly<Record<string, string>>;
  readonly labels?: Labels;
}

interface ServiceInputs {
  readonly name: string;
  readonly labels?: Labels;
  readonly taskSpec: {
    readonly containerSpec: { readonly mounts?: readonly MountInputs[] };
    readonly placement?: { readonly constraints?: readonly string[] };
  };
}

interface MountInputs {
  readonly type: string;
  readonly source?: string;
  readonly readOnly?: boolean;
  readonly volumeOptions?: {
    readonly labels?: Labels;
    readonly driverName?: string;
    readonly driverOptions?: Readonly<Record<string, string>>;
  };
}

interface Step {
  readonly newState?: { readonly type: string; readonly inputs: unknown };
}

const volumeKey = "com.docker.compose.volume";

/** What the next `up` would make the volume with: the program itself is asked, by a preview. */
export async function definedVolume(command: VolumeCommand): Promise<VolumeDefinition> {
  const volumes = (await inputsOf(command, "docker:index/volume:Volume")) as readonly VolumeInputs[];
  // Its resource may be called by a key that it had before.
  const keyOf = ({ labels = [] }: VolumeInputs) => asRecord(labels)[volumeKey] ?? "";
  const inputs = volumes.find((volume) => keyOf(volume) === command.volume);
  if (inputs === undefined) throw noSuchVolume(command, volumes.map(keyOf));
  const { name, driver = "local", driverOpts = {}, labels = [] } = inputs;
  return { name, driver, driverOptions: driverOpts, labels: asRecord(labels) };
}

/** How the services of a swarm have volumes by the next `up`: the program itself is asked, by a preview. */
export async function definedMounts(command: VolumeCommand): Promise<VolumeMount[]> {
  const services = (await inputsOf(command, "docker:index/service:Service")) as readonly ServiceInputs[];
  return services.flatMap(({ name, labels: ofService = [], taskSpec: { containerSpec, placement } }) =>
    (containerSpec.mounts ?? []).flatMap(({ type, source = "", readOnly = false, volumeOptions = {} }) => {
      const { labels: ofVolume = [], driverName = "local", driverOptions = {} } = volumeOptions;
      const labels = asRecord(ofVolume);
      const key = labels[volumeKey];
      if (type !== "volume" || key === undefined) return [];
      return [
        {
          ...{ service: asRecord(ofService)["com.docker.compose.service"] ?? name, key, writes: !readOnly },
          volume: { name: source, driver: driverName, driverOptions, labels },
          constraints: placement?.constraints ?? [],
          runsOn: [],
        },
      ];
    }),
  );
}

/** @param keys Of the volumes that there are. */
export function noSuchVolume({ target, volume }: VolumeCommand, keys: readonly string[]): NeedsAttention {
  return new NeedsAttention(
    `the stack ${target.stack} has no volume ${volume}`,
    keys.length === 0 ? "It has none." : `It has: ${[...new Set(keys)].sort().join(", ")}`,
  );
}

function asRecord(labels: Labels): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

/** What the resources of a type are made with, also those that a preview would leave alone. */
async function inputsOf({ target, volume, command }: VolumeCommand, type: string): Promise<unknown[]> {
  await needPassphrase(target);
  const { program, stack } = target;
  const args = ["preview", "--json", "--show-sames", "--stack", stack];
  const preview = await capturePulumi(args, program.directory, { env: asking({ restores: true }) });
  if (preview.code !== 0) {
    throw new NeedsAttention(
      `a preview, which says how the volume ${volume} is made, fails:\n${diagnosticsOf(preview)}`,
      `See ${command("preview")}`,
    );
  }
  const { steps } = JSON.parse(preview.stdout) as { steps: readonly Step[] };
  return steps.flatMap(({ newState }) => (newState?.type === type ? [newState.inputs] : []));
}

/** What a preview that failed says; with --json most of it is in its output. */
function diagnosticsOf({ stdout, stderr }: Ended): string {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as {
      diagnostics?: readonly { message: string; severity: string }[];
    };
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    return [...errors.map(({ message }) => message.trim()), stderr.trim()].join("\n").trim();
  } catch {
    return stderr.trim();
  }
}
