import { connect } from "node:net";

/*
 * `node delay.mjs <port> <milliseconds>`: passes standard input to a port of this machine, and what comes back to standard
 * output, each so much later. OpenSSH's ProxyCommand, where the kernel cannot delay packets.
 */
const [port, delay] = process.argv.slice(2).map(Number);
const socket = connect(port ?? 0, "127.0.0.1");

/** @param {NodeJS.ReadableStream} from @param {NodeJS.WritableStream} to */
function pass(from, to) {
  from.on("data", (/** @type {Buffer} */ chunk) => setTimeout(() => to.write(chunk), delay));
  from.on("end", () => setTimeout(() => to.end(), delay));
}

pass(process.stdin, socket);
pass(socket, process.stdout);
socket.on("error", () => process.exit(1));
socket.on("close", () => setTimeout(() => process.exit(), delay));
