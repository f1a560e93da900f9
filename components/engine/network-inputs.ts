import { isDeepStrictEqual } from "node:util";

/** Compose takes numbers for options, and the engine takes texts alone. */
export type NetworkOptions = Readonly<Record<string, string | number | boolean>>;

/** What manages a network's addresses where nothing else is said. */
export const defaultIpam = "default";

/** A network as Pulumi's state has it: in the words of the Docker provider, which made networks before. */
export interface NetworkInputs {
  readonly name: string;
  readonly driver: string;
  readonly options?: NetworkOptions;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly labels?: readonly { readonly label: string; readonly value: string }[];
  readonly ipv6?: boolean;
  readonly ipamDriver?: string;
  readonly ipamOptions?: NetworkOptions;
  readonly ipamConfigs?: readonly {
    readonly subnet?: string;
    readonly gateway?: string;
    readonly ipRange?: string;
    readonly auxAddress?: Readonly<Record<string, string>>;
  }[];
}

/** The keys by which two networks differ for the engine: there, `false`, nothing and the default are one. */
export function differingKeys(one: NetworkInputs, other: NetworkInputs): string[] {
  const [before, now] = [said(one), said(other)];
  return Object.keys({ ...before, ...now }).filter((key) => !isDeepStrictEqual(before[key], now[key]));
}

function said(inputs: NetworkInputs): Readonly<Record<string, unknown>> {
  const isSaid = ([key, value]: readonly [string, unknown]) =>
    value !== false &&
    !(key === "ipamDriver" && value === defaultIpam) &&
    !(typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(inputs).filter(isSaid));
}
