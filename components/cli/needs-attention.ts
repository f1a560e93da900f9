/** An error for people: what is wrong and where, and what they can do. It is shown without a stack trace. */
export class NeedsAttention extends Error {
  /** What to do. */
  readonly advice: string;

  constructor(problem: string, advice: string) {
    super(problem);
    this.name = "NeedsAttention";
    this.advice = advice;
  }
}
