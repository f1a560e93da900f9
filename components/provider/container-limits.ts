import type * as docker from "@pulumi/docker";
import type { DeviceRequest } from "../compose-spec/deploy.ts";
import type { Service } from "../compose-spec/service.ts";
import { bytes, mebibytes } from "../compose-spec/units.ts";

type Arguments = Partial<docker.ContainerArgs>;

/** What a container may use: the service's own keys and `deploy.resources`, which Compose requires to agree. */
export function limitArguments(service: Service): Arguments {
  const { limits: most, reservations: least } = service.deploy?.resources ?? {};
  const cpuLimit = most?.cpus ?? service.cpus;
  const memory = most?.memory ?? service.mem_limit;
  const reserved = least?.memory ?? service.mem_reservation;
  const swap = service.memswap_limit;
  const requests = [...(service.gpus ?? []).map(asGpu), ...(least?.devices ?? []), ...namedDevices(service)];
  return {
    ...(cpuLimit === undefined ? {} : { cpus: cpus(cpuLimit) }),
    // The engine sets swap to twice the memory; left out here, that would be a difference after every refresh.
    ...(memory === undefined ? {} : { memory: mebibytes(memory), memorySwap: 2 * mebibytes(memory) }),
    ...(swap === undefined ? {} : { memorySwap: Number(swap) === -1 ? -1 : mebibytes(swap) }),
    // An engine reserves memory only; Compose, too, leaves reserved CPUs to a cluster's scheduler.
    ...(reserved === undefined ? {} : { memoryReservation: mebibytes(reserved) }),
    ...(requests.length === 0 ? {} : { deviceRequests: requests.map(deviceRequest) }),
  };
}

/** Limits that the provider changes in place. */
const inPlace: readonly (keyof Arguments)[] = [
  ...(["memory", "memorySwap", "memoryReservation", "cpuShares", "cpuSet"] as const),
  ...(["deviceReadBps", "deviceReadIops", "deviceWriteBps", "deviceWriteIops"] as const),
];

/**
 * The limits that a container does not have. The engine takes the lack of a limit for no change, so that only a container
 * that is made anew loses a limit, whoever set it.
 */
export function limitsLeftOut(args: Arguments): string[] {
  return inPlace.filter((limit) => args[limit] === undefined);
}

/** Limits of the processes of a container or of a build; one number is both limits. */
export function ulimits(
  given: NonNullable<Service["ulimits"]>,
): { name: string; soft: number; hard: number }[] {
  return Object.entries(given).map(([name, limit]) =>
    typeof limit === "number" ? { name, soft: limit, hard: limit } : { name, ...limit },
  );
}

/** The provider reads whole numbers back with a decimal. */
function cpus(count: number): string {
  return Number.isInteger(count) ? count.toFixed(1) : String(count);
}

/** Whether a device is no path: a vendor's name for it (`nvidia.com/gpu=all`), which the engine looks up in the vendor's files. */
export function isNamedDevice({ source }: { readonly source: string }): boolean {
  return /^[a-z][\w.-]*\/[a-z][\w-]*=\S+$/i.test(source);
}

function namedDevices({ devices = [] }: Service): DeviceRequest[] {
  const names = devices.filter(isNamedDevice).map(({ source }) => source);
  return names.length === 0 ? [] : [{ driver: "cdi", device_ids: names }];
}

function asGpu({ capabilities = [], ...request }: DeviceRequest): DeviceRequest {
  return { ...request, capabilities: capabilities.includes("gpu") ? capabilities : [...capabilities, "gpu"] };
}

function deviceRequest({
  capabilities,
  driver,
  count,
  device_ids,
  options,
}: DeviceRequest): docker.types.input.ContainerDeviceRequest {
  return {
    // The provider's own default is another one than the engine's.
    driver: driver ?? "",
    // Compose's default is every device, unless a number or ids are given.
    count: count ?? (device_ids === undefined ? -1 : 0),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(device_ids === undefined ? {} : { deviceIds: device_ids }),
    ...(options === undefined ? {} : { options }),
  };
}

/** Bytes or requests per second, by device. */
export function throttles({
  device_read_bps,
  device_read_iops,
  device_write_bps,
  device_write_iops,
}: NonNullable<Service["blkio_config"]>): Arguments {
  const rates = (devices: readonly { path: string; rate: string | number }[]) =>
    devices.map(({ path, rate }) => ({ path, rate: bytes(rate) }));
  return {
    ...(device_read_bps === undefined ? {} : { deviceReadBps: rates(device_read_bps) }),
    ...(device_read_iops === undefined ? {} : { deviceReadIops: rates(device_read_iops) }),
    ...(device_write_bps === undefined ? {} : { deviceWriteBps: rates(device_write_bps) }),
    ...(device_write_iops === undefined ? {} : { deviceWriteIops: rates(device_write_iops) }),
  };
}
