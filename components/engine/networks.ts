import { setTimeout } from "node:timers/promises";
import type { NetworkCreateOptions } from "dockerode";
import { engine, isNotFound, messageOf } from "./engine.ts";
import { removeNetwork } from "./inventory.ts";
import { defaultIpam, type NetworkInputs, type NetworkOptions } from "./network-inputs.ts";

/** Milliseconds for which a network may still be used when the network is removed. */
const patience = 10_000;

/** Milliseconds between two attempts. */
const pause = 200;

/** @returns The network's id. */
export async function createNetwork(inputs: NetworkInputs): Promise<string> {
  const { id } = await engine.createNetwork(asAsked(inputs));
  return id;
}

export async function hasNetwork(id: string): Promise<boolean> {
  try {
    await engine.getNetwork(id).inspect();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * Removes a network. A container of somebody else's that is about to end may still be in the network.
 *
 * @throws Error with the containers' names, where containers stay.
 */
export async function removeUnusedNetwork(id: string): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      await removeNetwork(id);
      return;
    } catch (error) {
      const isUsed = /has active endpoints/.test(messageOf(error));
      if (!isUsed) throw error;
      if (Date.now() > end) throw await usedBy(id);
    }
    await setTimeout(pause);
  }
}

async function usedBy(id: string): Promise<Error> {
  const { Name, Containers = {} } = await engine.getNetwork(id).inspect();
  const names = Object.values(Containers).map((container) => container.Name);
  return new Error(
    `the network ${Name} has containers that the state does not have: ${names.join(", ")}. Remove the containers, ` +
      `or take them out of the network: docker network disconnect ${Name} <container>`,
  );
}

function asAsked(inputs: NetworkInputs): NetworkCreateOptions {
  const { name, driver, options, internal, attachable, labels = [], ipv6 } = inputs;
  return {
    Name: name,
    // Otherwise engines before 25 would make a second network of the name.
    CheckDuplicate: true,
    Driver: driver,
    Labels: Object.fromEntries(labels.map(({ label, value }) => [label, value])),
    ...(options === undefined ? {} : { Options: texts(options) }),
    ...(internal === undefined ? {} : { Internal: internal }),
    ...(attachable === undefined ? {} : { Attachable: attachable }),
    ...(ipv6 === undefined ? {} : { EnableIPv6: ipv6 }),
    ...addresses(inputs),
  };
}

function texts(options: NetworkOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, String(value)]));
}

function addresses({
  ipamDriver,
  ipamOptions,
  ipamConfigs,
}: NetworkInputs): Pick<NetworkCreateOptions, "IPAM"> {
  if ([ipamDriver, ipamOptions, ipamConfigs].every((part) => part === undefined)) return {};
  return {
    IPAM: {
      Driver: ipamDriver ?? defaultIpam,
      ...(ipamOptions === undefined ? {} : { Options: texts(ipamOptions) }),
      Config: (ipamConfigs ?? []).map(({ subnet, gateway, ipRange, auxAddress }) => ({
        ...(subnet === undefined ? {} : { Subnet: subnet }),
        ...(gateway === undefined ? {} : { Gateway: gateway }),
        ...(ipRange === undefined ? {} : { IPRange: ipRange }),
        ...(auxAddress === undefined ? {} : { AuxiliaryAddresses: auxAddress }),
      })),
    },
  };
}
