import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { HeldPort, Listener } from "../model/facts.ts";
import { engineIsHere } from "./facts.ts";

/** Linux's numbers for the states of waiting sockets: listening for TCP, unconnected for UDP. */
const waiting: Readonly<Record<string, string>> = { tcp: "0A", udp: "07" };

/** A socket of /proc/net that waits on a port. */
export interface Socket extends HeldPort {
  readonly inode: string;
}

/** The processes of this machine that listen on one of these ports. Only for an engine that publishes on this machine. */
export function listenersOn(ports: readonly number[]): Listener[] {
  const sockets = ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    socketsIn(table, read(`/proc/net/${table}`)),
  );
  const found = sockets.filter(({ port }) => ports.includes(port));
  if (found.length === 0 || !engineIsHere()) return [];
  return found.map((socket) => ({ ...socket, process: () => processOf(socket.inode) }));
}

/**
 * Reads a table of /proc/net: `sl local_address rem_address st … uid timeout inode`, with addresses in hexadecimal.
 *
 * @param table `tcp`, `tcp6`, `udp` or `udp6`.
 */
export function socketsIn(table: string, text: string): Socket[] {
  const protocol = table.replace("6", "");
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      if (state !== waiting[protocol]) return [];
      return [{ ip: addressOf(address), port: Number.parseInt(port, 16), protocol, inode }];
    });
}

/** Words of 32 bits, each in little-endian order. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  const version4 = bytes
    .slice(-4)
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
  if (bytes.length === 4) return version4;
  if (/^0{20}ffff/i.test(bytes.join(""))) return version4;
  if (/^0*$/.test(bytes.join(""))) return "::";
  return /^0*1$/.test(bytes.join("")) ? "::1" : (bytes.join("").match(/.{4}/g) ?? []).join(":").toLowerCase();
}

/** `nginx (process 1234)`. Only root may see the processes of other users. */
function processOf(inode: string): string | undefined {
  const id = entriesOf("/proc").find(
    (name) =>
      /^\d+$/.test(name) &&
      entriesOf(`/proc/${name}/fd`).some((fd) => link(`/proc/${name}/fd/${fd}`) === `socket:[${inode}]`),
  );
  return id === undefined ? undefined : `${read(`/proc/${id}/comm`).trim()} (process ${id})`;
}

function read(path: string): string {
  return orElse("", () => readFileSync(path, "utf8"));
}

function entriesOf(path: string): string[] {
  return orElse([], () => readdirSync(path));
}

function link(path: string): string {
  return orElse("", () => readlinkSync(path));
}

/** A process may end during the look, and another user's process is hidden. */
function orElse<T>(rest: T, look: () => T): T {
  try {
    return look();
  } catch {
    return rest;
  }
}
