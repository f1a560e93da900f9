#!/usr/bin/env node
// Starts the command.
import { start } from "./start.mjs";

start(new URL("../cli/main.ts", import.meta.url), new URL("../dist/cli/main.js", import.meta.url));
