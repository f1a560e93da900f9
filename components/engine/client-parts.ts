import { createRequire } from "node:module";
import { loadWhenUsed } from "./load-when-used.ts";

/*
 * The engine's client can have BuildKit build, and can reach an engine by SSH. What it has for that, some 130 modules, takes
 * as long to load as everything else of a short command. It is loaded where it is used.
 */

const dockerode = createRequire(createRequire(import.meta.url).resolve("dockerode"));
for (const name of ["@grpc/grpc-js", "@grpc/proto-loader", "protobufjs"]) loadWhenUsed(dockerode, name);
loadWhenUsed(createRequire(dockerode.resolve("docker-modem")), "./ssh");
