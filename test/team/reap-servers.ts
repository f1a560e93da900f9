import { lines, runCommand } from "../fixture/command.ts";
import { endOfTest } from "../fixture/reaper.ts";
import { label } from "./database.ts";

/** `node reap-servers.ts <run>`: when the test is over, removes the servers that it has started beside its stacks. */
const [, , run = ""] = process.argv;
await endOfTest();
const filter = `label=${label}=${run}`;
const { output } = await runCommand("docker", ["ps", "--all", "--quiet", "--filter", filter], { cwd: "." });
for (const id of lines(output)) {
  const { code } = await runCommand("docker", ["rm", "--force", "--volumes", id], { cwd: "." });
  if (code !== 0) process.exitCode = 1;
}
