// @ts-check

/**
 * Whether a version such as "26.1.5+dfsg1" or "v2.39.1-desktop.1" is as new as `least`, or newer.
 *
 * @param {string} version
 * @param {string} least
 */
export function isAtLeast(version, least) {
  const [major = 0, minor = 0] = numbersOf(version);
  const [leastMajor = 0, leastMinor = 0] = numbersOf(least);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** @param {string} version */
function numbersOf(version) {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
}
