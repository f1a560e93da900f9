import { parse } from "node:path";
import type { Command } from "commander";
import { projectName } from "../plan/project-name.ts";
import { runInForeground } from "./run.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { needOneEngine } from "./swarm.ts";

/** Compose's commands for what runs already, with what each is for. */
const summaries = {
  ps: "list the containers of the stack",
  logs: "show what services have logged: logs --follow web",
  exec: "run a command in a service's container: exec web sh",
  port: "print the address of a published port: port web 80",
  top: "show the processes of services",
  stop: "stop services; the next up starts them again",
  start: "start services that were stopped",
  restart: "restart services",
};

/**
 * A command of Compose's own, on a stack. Compose finds the containers by their labels, so no Compose file is read, and the
 * folder does not matter.
 */
export function composeCommand(name: keyof typeof summaries): Command {
  return (
    stackCommand(name, summaries[name])
      .argument("[arguments...]", `what docker compose ${name} takes`)
      .allowUnknownOption()
      // Behind the service stands another program's command line.
      .passThroughOptions(name === "exec")
      .addHelpText("after", `\nFurther options are Compose's: docker compose ${name} --help`)
      .action(async (args: readonly string[], _options: object, command: Command) => {
        const target = await targetOf(command);
        needOneEngine(target);
        const { program, stack } = target;
        await need(engine);
        process.exitCode = await compose(projectName(program.name, stack), [name, ...args]);
      })
  );
}

/** @returns Compose's exit code. */
async function compose(project: string, words: readonly string[]): Promise<number> {
  // By these Compose would read the Compose files of another project.
  const env = {
    ...process.env,
    COMPOSE_FILE: undefined,
    COMPOSE_PROFILES: undefined,
    COMPOSE_ENV_FILES: undefined,
  };
  // Compose looks for a Compose file in the folder and above it, so it is started where there is none.
  const { root } = parse(process.cwd());
  return runInForeground("docker", ["compose", "--project-name", project, ...words], { cwd: root, env });
}
