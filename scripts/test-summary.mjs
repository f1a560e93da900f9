// @ts-check

/**
 * Adds up what node:test prints at the end of each of its runs: "# pass 12" in TAP, "ℹ pass 12" for people.
 *
 * @param {string} output
 * @returns {{ passed: number, failed: number } | undefined} `undefined` without a line of a test runner
 */
export function summaryOf(output) {
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const counts = { passed: sum(plain, /^[#ℹ] pass (\d+)$/gm), failed: 0 };
  // A cancelled test counts as failed.
  counts.failed = sum(plain, /^[#ℹ] fail (\d+)$/gm) + sum(plain, /^[#ℹ] cancelled (\d+)$/gm);
  return /^[#ℹ] pass \d+$/m.test(plain) ? counts : undefined;
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 */
function sum(text, pattern) {
  return [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
}
