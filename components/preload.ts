// Loaded by Node.js before the Pulumi SDK and the program (`nodeargs` in Pulumi.yaml): a program of some 1,500 modules
// then takes a third of the processor's time, and half of the memory. It runs without this as well.
import { createRequire, enableCompileCache, Module } from "node:module";

const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve("@pulumi/pulumi"));

// What has been compiled once, and TypeScript whose types have been stripped, is read the next time.
enableCompileCache();

// The SDK can send functions of a program to a cloud. For that it has a TypeScript compiler, npm's installer and the
// inspector of Node.js at hand. It can run other programs' updates, and dockerode has a gRPC of its own for builds by
// BuildKit. Here there are none of these.
loadWhenUsed(sdk, "./typescript-shim");
loadWhenUsed(sdk, "@npmcli/arborist");
loadWhenUsed(sdk, "./automation");
loadWhenUsed(sdk, "./runtime/closure/v8Hooks", { isInitializedAsync: () => Promise.resolve() });
loadWhenUsed(createRequire(require.resolve("dockerode")), "@grpc/proto-loader");

if (process.env["PULUMI_COMPOSE_TRACES"] !== "1") {
  // The SDK takes a stack trace for every promise and every resource, through source maps,
  Error.stackTraceLimit = 0;
  loadWhenUsed(sdk, "source-map-support/register");
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

/**
 * Has a module stand for another, which is loaded when something of it is asked for.
 *
 * @param from Whose version of the module is meant.
 * @param instead What is there without it.
 */
function loadWhenUsed(
  from: NodeJS.Require,
  name: string,
  instead: Readonly<Record<string, unknown>> = {},
): void {
  const path = from.resolve(name);
  const placeholder = new Module(path);
  placeholder.loaded = true;
  placeholder.exports = new Proxy<Record<string | symbol, unknown>>(
    // Importers that look for what a module has would otherwise ask for all of it.
    { __esModule: true, ...instead },
    {
      get(present, key) {
        if (Object.hasOwn(present, key)) return present[key];
        if (require.cache[path] === placeholder) Reflect.deleteProperty(require.cache, path);
        const exports = from(path) as Record<string | symbol, unknown>;
        return exports[key];
      },
    },
  );
  require.cache[path] = placeholder;
}
