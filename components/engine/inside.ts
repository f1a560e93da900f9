import { Duplex } from "node:stream";
import { engine } from "./engine.ts";
import { frames } from "./frames.ts";

/** Passes standard input to port $0 of the container itself, and what comes back to standard output. */
const pass = `
if command -v bash >/dev/null; then
  exec bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && { cat <&3 & cat >&3; wait; }' "$0"
fi
exec nc 127.0.0.1 "$0"`;

/** A connection to a port of a running container, made inside the container by bash or nc of its image. */
export async function connectInside(containerId: string, port: number): Promise<Duplex> {
  const exec = await engine.getContainer(containerId).exec({
    Cmd: ["sh", "-c", pass, String(port)],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const answers = frames(stream);
  let said = "";
  return new Duplex({
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk, done);
    },
    final(done) {
      stream.end(done);
    },
    read() {
      const next = async (): Promise<void> => {
        for (;;) {
          const { value, done } = await answers.next();
          if (done === true) {
            if (said === "") this.push(null);
            else this.destroy(new Error(said.trim()));
            return;
          }
          if (value.from === "stdout") {
            this.push(value.content);
            return;
          }
          said += value.content.toString("utf8");
        }
      };
      next().catch((error: unknown) => this.destroy(error as Error));
    },
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
}
