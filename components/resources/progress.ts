import * as pulumi from "@pulumi/pulumi";

/** What is shown beside a resource while something is waited for. */
interface Progress {
  readonly waits: (message: string) => void;
  /** Takes the place of what was waited for, which would otherwise stay beside the resource. Nothing is shown where nobody waited. */
  readonly ends: (message: string) => void;
}

export function progressOn(resource: pulumi.Resource): Progress {
  let waited = false;
  const show = (message: string) => void pulumi.log.info(message, resource, undefined, true);
  return {
    waits(message) {
      waited = true;
      show(message);
    },
    ends(message) {
      if (waited) show(message);
    },
  };
}
