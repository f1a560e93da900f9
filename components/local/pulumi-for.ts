/**
 * How a person calls Pulumi on a stack, from anywhere in the checkout.
 *
 * @param project Its folder below the checkout; empty for the checkout itself.
 */
export function pulumiFor(
  { folder }: { readonly folder: string },
  stack: string,
  ...words: readonly string[]
): string {
  return ["npm run pulumi --", ...(folder === "" ? [] : [folder]), ...words, "--stack", stack].join(" ");
}
