import type * as pulumi from "@pulumi/pulumi";

/**
 * Makes a resource cheap as the value of an Output. The SDK searches such a value for outputs that are not known yet, and a
 * resource leads through its parents to every other resource: each gate would search half the heap.
 */
export function opaque<T extends pulumi.Resource>(resource: T): T {
  for (const key of Object.keys(resource)) Object.defineProperty(resource, key, { enumerable: false });
  return resource;
}
