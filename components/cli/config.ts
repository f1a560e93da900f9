import type { Command } from "commander";
import { dump } from "js-yaml";
import { differencesBetween, type KeyDifference } from "../model/differences-between.ts";
import { partOfFile } from "../model/part-of-file.ts";
import { askAbout } from "./ask-program.ts";
import { chooseStack } from "./choose-stack.ts";
import type { Target } from "./target.ts";
import { shownBy, stackCommand } from "./stack-command.ts";

interface ConfigOptions {
  readonly json?: boolean;
  readonly against?: string;
}

/** Shows what the definitions and the stack's config come to. Changes nothing. */
export function configCommand(): Command {
  return stackCommand("config", "print the stack as it will run, as one Compose file; secrets are variables")
    .argument("[services...]", "only these services and what they depend on (default: all of the stack)")
    .option("--json", "print JSON")
    .option("--against <stack>", "print only what differs in another stack")
    .action(
      async (services: readonly string[], { json = false, against }: ConfigOptions, command: Command) => {
        const target = await shownBy(command);
        const projects = await projectsOf(target, services);
        if (against === undefined) {
          console.log(json ? JSON.stringify(only(projects), undefined, 2) : yaml(projects));
          return;
        }
        const other = await chooseStack(target.program, against);
        const differences = differencesBetween(only(projects), only(await projectsOf(other, services)));
        if (json) {
          const { stack } = target;
          const list = differences.map(({ path, one, other: its }) => ({
            path,
            [stack]: one,
            [against]: its,
          }));
          console.log(JSON.stringify(list, undefined, 2));
          return;
        }
        console.log(described(differences, target.stack, against));
      },
    );
}

/** The Compose projects of a stack, or what some services need of them. */
async function projectsOf(target: Target, services: readonly string[]): Promise<object[]> {
  const projects = (await askAbout(services, target, "config", {})).map(({ config }) => config);
  if (services.length === 0) return projects;
  return projects
    .map((project) => partOfFile(project, services))
    .filter((part) => part.services !== undefined);
}

/** A program has one project as a rule. */
function only(projects: readonly object[]): object {
  return projects[0] ?? {};
}

function yaml(projects: readonly object[]): string {
  return projects
    .map((project) => dump(project, { lineWidth: -1, noRefs: true }))
    .join("---\n")
    .trimEnd();
}

/** Values are long, so each stands in a line of its own. */
function described(differences: readonly KeyDifference[], stack: string, against: string): string {
  if (differences.length === 0) return `${stack} and ${against} are the same`;
  const width = Math.max(stack.length, against.length);
  return differences
    .map(({ path, one, other }) =>
      [path, `  ${stack.padEnd(width)}  ${shown(one)}`, `  ${against.padEnd(width)}  ${shown(other)}`].join(
        "\n",
      ),
    )
    .join("\n");
}

function shown(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
