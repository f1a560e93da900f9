import { table } from "../../components/cli/table.ts";
import { TestStack } from "../fixture/stack.ts";
import { Server } from "../remote/server.ts";

/**
 * `npm run bench:remote`: a first `up` on a server and one with nothing to change, each without and with a round trip of 50
 * ms. It fails where the round trip makes the first more than twice as long, or the other more than one and a half times.
 */
const most = { "first up": 2, "nothing to change": 1.5 } as const;
const runs = 3;

type Measured = Record<keyof typeof most, number>;

const server = await Server.start(["nginx:1.28-alpine", "traefik:v3.6"]);
try {
  const near: Measured[] = [];
  const far: Measured[] = [];
  for (let run = 0; run < runs; run += 1) {
    near.push(await measured(server.address));
    far.push(await measured(server.slowAddress));
  }
  const rows = (Object.keys(most) as (keyof typeof most)[]).map((what) => {
    const [one, other] = [least(near, what), least(far, what)];
    return { what, one, other, ratio: other / one };
  });
  console.log(
    table([
      ["", "SECONDS", "WITH 50 MS", "RATIO", "AT MOST"],
      ...rows.map(({ what, one, other, ratio }) => [
        ...[what, one.toFixed(1), other.toFixed(1)],
        ...[ratio.toFixed(2), most[what].toFixed(1)],
      ]),
    ]),
  );
  if (rows.some(({ what, ratio }) => ratio > most[what])) process.exitCode = 1;
} finally {
  await server.stop();
}

/** The least of all runs: what disturbs a run makes it longer. */
function least(all: readonly Measured[], what: keyof Measured): number {
  return Math.min(...all.map((one) => one[what]));
}

async function measured(engine: string): Promise<Measured> {
  const { environment } = server;
  const stack = await TestStack.create({ folder: "test/remote/shop", environment, settings: { engine } });
  try {
    // Logs in, which is once for a quarter of an hour.
    await stack.command("status");
    return { "first up": await seconds(stack), "nothing to change": await seconds(stack) };
  } finally {
    await stack.down();
  }
}

async function seconds(stack: TestStack): Promise<number> {
  const begin = performance.now();
  await stack.recover();
  return (performance.now() - begin) / 1000;
}
