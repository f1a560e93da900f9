import type * as pulumi from "@pulumi/pulumi";

/** `apply` never runs for an unknown output, so the SDK's `isKnown` is read. */
export async function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as pulumi.Output<unknown> & { readonly isKnown: Promise<boolean> }).isKnown;
}

/** The value of an output; `undefined` where the value is not known, as in a preview. */
export async function knownValue<Value>(output: pulumi.Output<Value>): Promise<Value | undefined> {
  if (!(await isKnown(output))) return undefined;
  return new Promise((resolve) => {
    (output as pulumi.OutputInstance<Value>).apply((value) => {
      resolve(value);
    });
  });
}
