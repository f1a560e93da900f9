// @ts-check

/**
 * How a step reports. A step never prints by itself.
 *
 * @typedef {object} Report
 * @property {(text: string) => void} progress what the step is doing; shown when it takes longer than a few seconds
 * @property {(text: string) => void} note a further line, shown below the line of the step
 */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} needs names of the steps that must have succeeded before
 * @property {(report: Report) => Promise<string>} run resolves to what the machine has now, in one line
 */

export {};
