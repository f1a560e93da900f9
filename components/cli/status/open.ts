import { spawn } from "node:child_process";
import { stackBefore } from "../../changes/before.ts";
import { lastLogLines } from "../../engine/logs.ts";
import { withoutSecrets } from "../../model/masking.ts";
import type { Target } from "../choose-stack.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { needPassphrase } from "../passphrase.ts";
import { capturePulumi } from "../pulumi-cli.ts";
import { present, type State } from "../stack-state.ts";
import type { StackStatus } from "./compare.ts";
import { followStack } from "./follow.ts";
import { servePage } from "./page-server.ts";

/** Milliseconds after which the page learns of new lines in logs where the engine has told of nothing. */
const quiet = 3_000;

/** Lines of each container's log on the page. */
const lines = 10;

/** Serves a page with the status of a stack until Ctrl-C. The page changes nothing. */
export async function openStatus(target: Target): Promise<never> {
  await needPassphrase(target);
  const secrets = await secretsOf(target);
  const page = await servePage();
  console.log(`${page.address} shows the stack ${target.stack} until Ctrl-C`);
  showInBrowser(page.address);
  return followStack(target, quiet, async (status, state) => {
    const logs = page.isShown() ? await logsOf(status, secrets) : {};
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

async function logsOf(
  { containers }: StackStatus,
  secrets: readonly string[],
): Promise<Record<string, string[]>> {
  const logs = await Promise.all(
    containers.map(async ({ container, state }) => {
      // One that has gone in between has no log.
      const found = state === "missing" ? [] : await lastLogLines(container, lines).catch(() => []);
      return [container, found.map((line) => withoutSecrets(line, secrets))] as const;
    }),
  );
  return Object.fromEntries(logs);
}

/** The values of the stack's secrets: a log may hold them, and the page must not. */
async function secretsOf({ program, stack }: Target): Promise<string[]> {
  const args = ["config", "--stack", stack, "--show-secrets", "--json"];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code !== 0)
    throw new NeedsAttention(
      `the secrets of the stack ${stack} cannot be read, and so its logs cannot be shown without them:\n${stderr.trim()}`,
      "Correct that, and run it again.",
    );
  const config = JSON.parse(stdout) as Readonly<
    Record<string, { readonly value?: string; readonly secret: boolean }>
  >;
  return Object.values(config).flatMap(({ value, secret }) => (secret && value !== undefined ? [value] : []));
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
