// @ts-check
// What a person sees during long work: lines that stay, and a last line that shows that the work goes on.

/** On a terminal the last line is rewritten. Elsewhere (CI) a new line is printed, before ten seconds of silence. */
const BEAT_MS = process.stdout.isTTY ? 1000 : 8000;

const LINE_LENGTH = 160;

/** Work that ends within this time shows no last line. */
const PATIENCE_MS = 3000;

// The work goes on when the reader of a pipe ends first (`npm run up | head`).
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
