import { mistake, type Finding } from "../findings/finding.ts";
import { placeOf } from "../model/file-places.ts";
import type { Plan } from "./plan.ts";

/** A mistake for every file that the engine cannot put where a container is to have it. */
export function unplacedFiles({ services }: Plan): Finding[] {
  return services.flatMap(({ name, service, files }) =>
    files.flatMap(({ target }) => {
      const place = placeOf(service, target);
      if (!("whyNot" in place)) return [];
      return [
        mistake("file-without-place", {
          service: name,
          path: `services.${name}`,
          message: `the file ${target} cannot be put into the container: ${place.whyNot}`,
          fix: "give the file a target in a folder of its own, such as /etc/app/app.conf",
        }),
      ];
    }),
  );
}
