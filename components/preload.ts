// Loaded by Node.js before the Pulumi SDK and the program (`nodeargs` in Pulumi.yaml): a program of some 1,500 modules
// then takes a third of the processor's time, and half of the memory. It runs without this as well.
import { createRequire, enableCompileCache } from "node:module";
import { loadWhenUsed } from "./engine/load-when-used.ts";

const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve("@pulumi/pulumi"));

// What has been compiled once, and TypeScript whose types have been stripped, is read the next time.
enableCompileCache();

// The SDK can send functions of a program to a cloud. For that it has a TypeScript compiler, npm's installer and the
// inspector of Node.js at hand, and it can run other programs' updates. Here there are none of these.
loadWhenUsed(sdk, "./typescript-shim");
loadWhenUsed(sdk, "@npmcli/arborist");
loadWhenUsed(sdk, "./automation");
loadWhenUsed(sdk, "./runtime/closure/v8Hooks", { isInitializedAsync: () => Promise.resolve() });

if (process.env["PULUMI_COMPOSE_TRACES"] !== "1") {
  // The SDK takes a stack trace for every promise and every resource, through source maps,
  Error.stackTraceLimit = 0;
  loadWhenUsed(sdk, "source-map-support/register");
  // which the state would keep, with the paths of this machine,
  (sdk("./resource") as { Resource: { stackTrace: () => unknown[] } }).Resource.stackTrace = () => [];
  // follows its own steps by OpenTelemetry,
  const nothing = () => undefined;
  const span = { end: nothing, setAttribute: nothing, addEvent: nothing };
  loadWhenUsed(sdk, "./cmd/run/tracing", { newSpan: () => span });
  // and tells the engine of each of them, one message after the other.
  const log = sdk("./log") as { debug: () => Promise<void> };
  log.debug = () => Promise.resolve();
}

// Pulumi reads what a program prints. Once it has been killed, the SDK would report the broken pipe to it, into the
// broken pipe, for ever.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(1));
