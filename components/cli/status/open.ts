import { spawn } from "node:child_process";
import { stackBefore } from "../../changes/before.ts";
import { lastLogLines } from "../../engine/logs.ts";
import { lastTaskLines } from "../../engine/tasks.ts";
import { withoutSecrets } from "../../model/masking.ts";
import { askProgram } from "../ask-program.ts";
import type { Target } from "../target.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { needPassphrase } from "../passphrase.ts";
import { present, type State } from "../stack-state.ts";
import type { CurrentStatus } from "./current.ts";
import { followStack } from "./follow.ts";
import { servePage } from "./page-server.ts";

/** Milliseconds after which the page learns of new lines in logs where the engine has told of nothing. */
const quiet = 3_000;

/** Lines of each container's log on the page. */
const lines = 10;

/** Serves a page with the status of a stack until Ctrl-C. The page changes nothing. */
export async function openStatus(target: Target): Promise<never> {
  await needPassphrase(target);
  const page = await servePage();
  console.log(`${page.address} shows the stack ${target.stack} until Ctrl-C`);
  showInBrowser(page.address);
  // That takes seconds. Until then the page shows no logs.
  let secrets: readonly string[] | undefined;
  void secretsOf(target).then((found) => {
    secrets = found;
  });
  return followStack(target, quiet, async (status, state) => {
    const logs = page.isShown() && secrets !== undefined ? await logsOf(status, secrets) : {};
    page.show({ status, dependencies: dependenciesIn(status.project, state), logs });
  });
}

/** Which services each service waits for, as the last `up` had it. */
function dependenciesIn(project: string, state: State | undefined): Record<string, string[]> {
  const resources = present(state).map(({ urn, type, outputs = {} }) => ({
    urn,
    type,
    outputs: { ...outputs },
  }));
  const { services } = stackBefore(project, resources);
  return Object.fromEntries(
    Object.entries(services).map(([name, { record }]) => [
      name,
      Object.keys(record?.service.depends_on ?? {}),
    ]),
  );
}

/** The last lines of each container, by its name; in a swarm by the id of its task, since names come again there. */
async function logsOf(status: CurrentStatus, secrets: readonly string[]): Promise<Record<string, string[]>> {
  const logs = await Promise.all(
    sourcesOf(status).map(async ({ key, read }) => {
      // One that has gone in between has no log.
      const found = await read().catch(() => []);
      return [key, found.map((line) => withoutSecrets(line, secrets))] as const;
    }),
  );
  return Object.fromEntries(logs);
}

interface LogSource {
  readonly key: string;
  readonly read: () => Promise<string[]>;
}

function sourcesOf(status: CurrentStatus): LogSource[] {
  if ("tasks" in status)
    return status.tasks.flatMap(({ id }) =>
      id === null ? [] : [{ key: id, read: () => lastTaskLines(id, lines) }],
    );
  return status.containers.flatMap(({ container, state }) =>
    state === "missing" ? [] : [{ key: container, read: () => lastLogLines(container, lines) }],
  );
}

/**
 * The values of the stack's secrets: a log may hold them, and the page must not. Of those that the stack's config does not
 * have, which come from the environment, from `.env` or from a default, the program alone knows the values.
 *
 * @returns `undefined` where the program does not come to its end, as with mistakes in the definitions.
 */
async function secretsOf(target: Target): Promise<string[] | undefined> {
  try {
    const answers = await askProgram(target, "status --open", { secrets: true });
    return answers.flatMap(({ secrets = [] }) => secrets);
  } catch (error) {
    if (!(error instanceof NeedsAttention)) throw error;
    const { message, advice } = error;
    console.error(
      `${message}\n→ ${advice} Until then the page shows no logs: nobody knows the secrets in them.`,
    );
    return undefined;
  }
}

/** Where no browser can be opened, the person has the address. */
function showInBrowser(address: string): void {
  const { platform } = process;
  if (platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  const [program, args] = opener(platform);
  spawn(program, [...args, address], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

function opener(platform: NodeJS.Platform): readonly [program: string, args: readonly string[]] {
  if (platform === "darwin") return ["open", []];
  return platform === "win32" ? ["cmd", ["/c", "start", ""]] : ["xdg-open", []];
}
