import * as pulumi from "@pulumi/pulumi";

/**
 * The error of a resource that did not become what it has to be, in words for people. The words stay as they are: the SDK
 * would put `error serializing property "outputs":` before them, once for each output that waits for the resource.
 */
export function failure(message: string, resource: pulumi.Resource): pulumi.ResourceError {
  const error = new pulumi.ResourceError(message, resource, true);
  return Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
}
