// @ts-check
// What a person sees while something works: lines that stay, and one that says it is still alive.

/** Where the line can be rewritten, it is; elsewhere (CI) a new one is printed, before ten seconds of silence. */
const BEAT_MS = process.stdout.isTTY ? 1000 : 8000;

const LINE_LENGTH = 160;

/** What is done within this time needs no sign of life. */
const PATIENCE_MS = 3000;

// When nobody reads any more (`npm run up | head`), the work goes on all the same.
process.stdout.on("error", () => undefined);

/** @param {number} milliseconds */
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/**
 * @param {() => string} whatIsGoingOn asked at each beat
 * @returns {{ print: (line: string) => void, stop: () => void }}
 */
export function startHeartbeat(whatIsGoingOn) {
  const start = Date.now();
  let lastPrinted = start;
  const beat = setInterval(() => {
    const now = Date.now();
    if (now - start < PATIENCE_MS || now - lastPrinted < BEAT_MS - 100) return;
    const line = `… ${Math.round((now - start) / 1000)} s  ${whatIsGoingOn()}`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line.slice(0, process.stdout.columns - 1)}`);
    else print(line.slice(0, LINE_LENGTH));
  }, 1000);

  /** @param {string} line */
  function print(line) {
    lastPrinted = Date.now();
    clearLine();
    process.stdout.write(`${line}\n`);
  }
  return {
    print,
    stop() {
      clearInterval(beat);
      clearLine();
    },
  };
}

function clearLine() {
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
}
