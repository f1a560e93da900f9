import { isObject, type Properties, type Recorded } from "./recorded.ts";

/** A resource as the program registers the resource. */
export interface Registered {
  readonly parent: string;
  /** Empty for the provider that Pulumi has by default. */
  readonly provider: string;
  /** Of the provider's package; empty for a component. */
  readonly version: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deletedWith: string;
  readonly inputs: Properties;
  /** Keys of which the state keeps what the resource was made with. */
  readonly ignoreChanges: readonly string[];
}

/** Under these keys, Pulumi notes which inputs the provider has added, and what the provider itself was started with. */
const added = "__defaults";
const internal = "__internal";

/** What the Docker provider adds without a note. */
const addedUnnoted: Readonly<Record<string, unknown>> = { start: true, remove: true };

/** Whether an update would leave a resource as the state has the resource. */
export function isAsRecorded(registered: Registered, recorded: Recorded): boolean {
  const { parent, provider, version, protect, retainOnDelete, deletedWith, inputs, ignoreChanges } =
    registered;
  return (
    parent === (recorded.parent ?? "") &&
    protect === (recorded.protect ?? false) &&
    retainOnDelete === (recorded.retainOnDelete ?? false) &&
    deletedWith === (recorded.deletedWith ?? "") &&
    isProvider(provider, version, recorded.provider ?? "") &&
    isSame(without(inputs, ignoreChanges), without(recorded.inputs ?? {}, ignoreChanges))
  );
}

/** @param recorded `<urn>::<id>`; empty for a component, and for a provider. */
function isProvider(sent: string, version: string, recorded: string): boolean {
  if (sent !== "" || recorded === "") return sent === recorded;
  const byDefault = ["default", ...(version === "" ? [] : version.split("."))].join("_");
  return isOfDefaultProvider(recorded) && recorded.split("::").at(-2) === byDefault;
}

/** Whether an URN, or a reference with an URN, is of a provider that no program has made. */
export function isOfDefaultProvider(reference: string): boolean {
  return /::pulumi:providers:[^:]+::default(_|::|$)/.test(reference);
}

function without(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
}

/** Whether a value that a program sends is what the state has of the value, beside what the provider has added. */
export function isSame(sent: unknown, recorded: unknown): boolean {
  if (isNothing(sent) || isNothing(recorded)) return isNothing(sent) && isNothing(recorded);
  if (Array.isArray(sent) || Array.isArray(recorded)) {
    return (
      Array.isArray(sent) &&
      Array.isArray(recorded) &&
      sent.length === recorded.length &&
      sent.every((part, index) => isSame(part, recorded[index]))
    );
  }
  if (!isObject(sent) || !isObject(recorded)) return sent === recorded;
  const noted: unknown = recorded[added];
  const isAdded = (key: string) =>
    (Array.isArray(noted) && noted.includes(key)) || addedUnnoted[key] === recorded[key];
  const keys = new Set([...Object.keys(sent), ...Object.keys(recorded)]);
  for (const key of [added, internal]) keys.delete(key);
  return [...keys].every((key) => isSame(sent[key], recorded[key]) || (isNothing(sent[key]) && isAdded(key)));
}

/** Neither the program nor the state tells `undefined` and `null` apart. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
