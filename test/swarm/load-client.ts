import { startLoad } from "../fixture/load.ts";

/** `node load-client.ts <url>`: a load from where this runs, until standard input ends. Prints what came of it as JSON. */
const load = startLoad(process.argv[2] ?? "", { keepAlive: false, pause: 5 });
await load.further(1);
process.stdout.write("begun\n");
process.stdin.resume().once("end", () => {
  void load.end().then(({ requests, failures }) => {
    process.stdout.write(JSON.stringify({ requests, failures: failures.map(({ what }) => what) }));
  });
});
