import type * as pulumi from "@pulumi/pulumi";

/**
 * A resource that can be what an Output resolves to at no cost. The SDK looks through every such value for what is not
 * known yet, and from a resource, by its parents, there is a way to all others: with each gate, through half the heap.
 */
export function opaque<T extends pulumi.Resource>(resource: T): T {
  for (const key of Object.keys(resource)) Object.defineProperty(resource, key, { enumerable: false });
  return resource;
}
