import { join } from "node:path";
import { stateFolder } from "../../scripts/paths.mjs";

/** Where `npm run bench` leaves its results. */
export const benchFolder = join(stateFolder, "bench");

/** The peers' Compose files and routes; nothing of it is left. */
export const peerFolder = join(benchFolder, "peer");

/** Compose file of the fifty generated services; its name in `benchFolder`. */
export const generatedFile = "docker-compose.generated.yml";
