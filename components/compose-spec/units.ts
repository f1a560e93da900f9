/**
 * Durations and byte sizes as the Compose Specification writes them
 * (https://github.com/compose-spec/compose-spec/blob/main/11-extension.md, "Specifying durations", "Specifying byte values").
 */

const durationPattern = /^(?:\d+(?:\.\d+)?(?:us|µs|μs|ms|s|m|h))+$/;
const durationPart = /(\d+(?:\.\d+)?)(us|µs|μs|ms|s|m|h)/g;
const millisecondsOf: Record<string, number> = {
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const bytesPattern = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i;
const exponentOf: Record<string, number> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/** The engine counts nanoseconds in 64 bits, */
const longestDuration = 2 ** 63 / 1e6;
/** and bytes, which it doubles for the swap that comes with a limit of memory. */
const largestSize = 2 ** 62;

/** Whether the text is a duration such as `10s`, `1m30s` or `250ms`, and the engine can count that long. */
export function isDuration(text: string): boolean {
  return durationPattern.test(text) && sumOf(text) < longestDuration;
}

/**
 * A duration in milliseconds.
 * @throws RangeError when the text is no duration; the schema has ruled that out for a model.
 */
export function milliseconds(duration: string): number {
  if (!isDuration(duration)) throw new RangeError(`\`${duration}\` is no duration`);
  return sumOf(duration);
}

function sumOf(duration: string): number {
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(durationPart)) {
    total += Number(amount) * (millisecondsOf[unit ?? ""] ?? 0);
  }
  return total;
}

/**
 * A number of milliseconds as the engine itself prints durations (`1m30s`, `250ms`), so that what is sent and what
 * is read back are the same text and a refresh shows no difference.
 */
export function engineDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1) return `${ms * 1000}µs`;
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/** Whether the value is a byte size such as `512M`, `1g`, `256mb` or a plain number of bytes, and the engine can count it. */
export function isBytes(value: string | number): boolean {
  const isSize = typeof value === "number" ? Number.isInteger(value) && value >= 0 : bytesPattern.test(value);
  return isSize && bytes(value) < largestSize;
}

/**
 * A byte size in bytes; units are powers of 1024, as Compose has them.
 * @throws RangeError when the text is no byte size; the schema has ruled that out for a model.
 */
export function bytes(value: string | number): number {
  if (typeof value === "number") return value;
  const [, amount, unit] = bytesPattern.exec(value) ?? [];
  if (amount === undefined || unit === undefined) throw new RangeError(`\`${value}\` is no byte size`);
  return Math.round(Number(amount) * 1024 ** (exponentOf[unit.toLowerCase()] ?? 0));
}

/**
 * A byte size in mebibytes, which is what the Docker provider counts memory in.
 */
export function mebibytes(value: string | number): number {
  return Math.ceil(bytes(value) / 1024 ** 2);
}
