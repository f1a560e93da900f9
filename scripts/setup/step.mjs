// @ts-check

/**
 * What a step can say while it works. It never prints by itself.
 *
 * @typedef {object} Report
 * @property {(text: string) => void} progress what it is doing; shown when it takes longer than a few seconds
 * @property {(text: string) => void} note a further line, shown below the step's own
 */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} needs names of the steps that must have succeeded before
 * @property {(report: Report) => Promise<string>} run resolves to what is there now, in one line
 */

export {};
