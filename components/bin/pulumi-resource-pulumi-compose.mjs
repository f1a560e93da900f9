// Starts the plugin that makes networks. Pulumi.yaml leads to this folder by `plugins`.
import { start } from "./start.mjs";

start(new URL("../plugin/main.ts", import.meta.url), new URL("../dist/plugin/main.js", import.meta.url));
