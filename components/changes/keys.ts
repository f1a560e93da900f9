import type { Mount } from "../compose-spec/mount.ts";
import type { Port } from "../compose-spec/port.ts";
import type { Service } from "../compose-spec/service.ts";
import { looksSecret } from "../model/looks-secret.ts";
import { placeholders } from "../model/placeholder.ts";
import type { ServiceRecord } from "./before.ts";

/** A key of a service that is not what it was. */
export interface KeyChange {
  /** Below the service, dotted: `environment.LOG_LEVEL`. */
  readonly path: string;
  /** The value before, in words; absent where there was none, and where it is hidden. */
  readonly before?: string;
  /** The value now, likewise. */
  readonly after?: string;
  /** Whether the key is new, gone, or has another value. */
  readonly what: "added" | "removed" | "changed";
  /** Whether the values are hidden, because one of them is, has or may be a secret. */
  readonly secret: boolean;
  /** Names of the secrets that the values are filled with. */
  readonly secrets: readonly string[];
}

/**
 * The keys in which two records of a service differ. How many containers a service has is no part of that.
 *
 * @param secrets Names of the stack's secrets.
 */
export function keyChanges(
  before: ServiceRecord,
  after: ServiceRecord,
  secrets: readonly string[],
): KeyChange[] {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const changeOf = changeWith(secrets);
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((path) => {
    const [one, other] = [was.get(path), is.get(path)];
    if (typeof one === "object" || typeof other === "object")
      return replaced(listed(one), listed(other)).map(([gone, come]) => changeOf(path, gone, come));
    return one === other ? [] : [changeOf(path, one, other)];
  });
}

/** A key's value as a text, or as the texts of a list whose order has no meaning. */
type Leaf = string | readonly string[];

/** Lists in which the order of the words is their meaning. */
const commands = ["command", "entrypoint", "test"];

/** How many containers there are, and the way to them, is said of the service and of the route. */
const toldElsewhere = /^(?:scale|deploy\.replicas|x-route\.(?:host|prefix|port))$/;

/** A service's keys, dotted, with their values. */
function leavesOf({ service, files, image }: ServiceRecord): ReadonlyMap<string, Leaf> {
  const { networks = {}, ports, volumes, build, ...rest } = service;
  const leaves = new Map<string, Leaf>();
  // The tag of what is built has a hash in it, which tells a person nothing.
  addLeaves(leaves, [], { ...rest, ...(build === undefined ? { image } : { build }) });
  if (ports !== undefined) leaves.set("ports", ports.map(portText));
  if (volumes !== undefined) leaves.set("volumes", volumes.map(mountText));
  leaves.set("networks", Object.keys(networks));
  for (const [network, attachment] of Object.entries(networks))
    addLeaves(leaves, ["networks", network], attachment ?? undefined);
  for (const [target, hash] of Object.entries(files)) leaves.set(`files ${target}`, hash);
  for (const path of leaves.keys()) if (toldElsewhere.test(path)) leaves.delete(path);
  return leaves;
}

function addLeaves(leaves: Map<string, Leaf>, path: readonly string[], value: unknown): void {
  const at = path.join(".");
  if (Array.isArray(value)) {
    const words = value.map(textOf);
    leaves.set(at, commands.includes(path.at(-1) ?? "") ? words.join(" ") : words);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) addLeaves(leaves, [...path, key], part);
  } else if (value !== undefined) leaves.set(at, textOf(value));
}

function portText({ target, published, host_ip, protocol = "tcp" }: Port): string {
  const host = [...(host_ip === undefined ? [] : [host_ip]), ...(published === undefined ? [] : [published])];
  return `${[...host, target].join(":")}${protocol === "tcp" ? "" : `/${protocol}`}`;
}

function mountText({ type, source, target, read_only, bind, ...options }: Mount): string {
  // What a short form says of a host path is left out, as the short form itself does.
  const isShort = JSON.stringify(bind ?? {}).replace('"create_host_path":true', "") === "{}";
  const further = isShort ? options : { bind, ...options };
  const rest = Object.keys(further).length === 0 ? "" : ` ${JSON.stringify(further)}`;
  const from = source ?? (type === "tmpfs" ? "tmpfs" : undefined);
  return `${from === undefined ? "" : `${from}:`}${target}${read_only === true ? ":ro" : ""}${rest}`;
}

function listed(leaf: Leaf | undefined): readonly string[] {
  return leaf === undefined ? [] : typeof leaf === "string" ? [leaf] : leaf;
}

/** What went from a list, each with what came in its place. */
function replaced(
  was: readonly string[],
  is: readonly string[],
): (readonly [gone: string | undefined, come: string | undefined])[] {
  const gone = was.filter((entry) => !is.includes(entry));
  const come = is.filter((entry) => !was.includes(entry));
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, index) => [gone[index], come[index]]);
}

function changeWith(names: readonly string[]) {
  return (path: string, was: string | undefined, is: string | undefined): KeyChange => {
    const texts = [was, is].filter((text) => text !== undefined);
    // A shell's variable looks like a placeholder.
    const secrets = [...new Set(texts.flatMap(placeholders))].filter((name) => names.includes(name));
    const secret = secrets.length > 0 || texts.some((text) => mayHoldSecret(path, text));
    const hidden = secret || path.startsWith("files ");
    return {
      path,
      what: was === undefined ? "added" : is === undefined ? "removed" : "changed",
      ...(hidden || was === undefined ? {} : { before: was }),
      ...(hidden || is === undefined ? {} : { after: is }),
      secret,
      secrets,
    };
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether a text may hold a secret that nothing declares: by its key, or by a word of it that is named like a secret. */
function mayHoldSecret(path: string, text: string): boolean {
  const variable = (name: string) => name.replaceAll(/[^A-Za-z\d]+/g, "_").replaceAll(/^_+|_+$/g, "");
  const key = path.split(".").slice(1).join("_");
  if (looksSecret(variable(key), text)) return true;
  const words = text.split(/[\s,"'[\]{}]+/).filter((word) => word !== "");
  return words.some((word, index) => {
    const [, name = "", value = words[index + 1] ?? ""] = /^([\w.-]+)(?:[=:](.*))?$/.exec(word) ?? [];
    return looksSecret(variable(name), value) || looksSecret("", word);
  });
}

/** The volumes that a service can write to: their names on the engine. */
export function volumesWritten({ volumes = [] }: Service): string[] {
  return volumes.flatMap(({ type, source, read_only }) =>
    type === "volume" && source !== undefined && read_only !== true ? [source] : [],
  );
}
