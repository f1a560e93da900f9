import { readComposeFiles } from "../../components/reader/compose-config.ts";
import { describeMistakes } from "../../components/findings/describe.ts";
import { planned } from "./project.ts";

/** `node plan-once.ts <folder> <Compose file>`: prints the milliseconds from the file to its checked plan. */
const [, , directory = "", file = ""] = process.argv;
const start = performance.now();
const { definitions: project, mistakes } = readComposeFiles({
  files: [file],
  project: "bench",
  directory,
  environment: {},
});
if (mistakes.length > 0) throw new Error(describeMistakes(mistakes));
planned(project, directory);
console.log(performance.now() - start);
