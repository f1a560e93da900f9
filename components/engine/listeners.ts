import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { HeldPort, Listener } from "../model/facts.ts";
import { engineAddress } from "./address.ts";
import { engineIsHere } from "./facts.ts";
import { sshDestination } from "./setting.ts";
import { runOnServer } from "./ssh.ts";

/** Linux's numbers for the states of waiting sockets: listening for TCP, unconnected for UDP. */
const waiting: Readonly<Record<string, string>> = { tcp: "0A", udp: "07" };

/** A socket of /proc/net that waits on a port. */
export interface Socket extends HeldPort {
  readonly inode: string;
}

const tables = ["tcp", "tcp6", "udp", "udp6"];

/** Whether it can be known who listens on the engine's machine, beside its containers. */
export function seesListeners(): boolean {
  return sshDestination(engineAddress()) !== undefined || engineIsHere();
}

/**
 * The processes of the engine's machine that listen on one of these ports. Only for an engine that publishes on this machine,
 * or on one that is reached by SSH: of any other the engine does not tell.
 */
export function listenersOn(ports: readonly number[]): Listener[] {
  const to = sshDestination(engineAddress());
  if (to !== undefined) {
    const show = `for table in ${tables.join(" ")}; do echo "== $table"; cat /proc/net/$table; done`;
    const there = tablesIn(runOnServer(to, ["sh", "-c", show]));
    // Whose a socket is, root alone could tell.
    return there
      .filter(({ port }) => ports.includes(port))
      .map((socket) => ({ ...socket, process: () => undefined }));
  }
  const sockets = tables.flatMap((table) => socketsIn(table, read(`/proc/net/${table}`)));
  const found = sockets.filter(({ port }) => ports.includes(port));
  if (found.length === 0 || !engineIsHere()) return [];
  return found.map((socket) => ({ ...socket, process: () => processOf(socket.inode) }));
}

/** Reads several tables, each below a line with its name: `== tcp6`. */
export function tablesIn(text: string): Socket[] {
  return text.split(/^== /m).flatMap((part) => {
    const [table = ""] = part.split("\n", 1);
    return tables.includes(table) ? socketsIn(table, part.slice(table.length + 1)) : [];
  });
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
