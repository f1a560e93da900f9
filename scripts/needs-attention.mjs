// @ts-check

/** An error for people: what is wrong and where, and what they can do. It is shown without a stack trace. */
export class NeedsAttention extends Error {
  /**
   * @param {string} problem what is wrong, and where
   * @param {string} advice what to do
   */
  constructor(problem, advice) {
    super(problem);
    this.name = "NeedsAttention";
    this.advice = advice;
  }
}
