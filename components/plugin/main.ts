// Pulumi starts this program, reads from its first line where it listens, and asks it to make and to remove networks.
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { networkService, service } from "./service.ts";

const server = new Server();
server.addService(service, networkService());
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${String(port)}\n`);
});

// A Pulumi that is killed ends none of its plugins. Another process is then this one's parent.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
}, 1_000);
