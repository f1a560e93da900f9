import type { Service } from "../compose-spec/service.ts";

/**
 * Services that name an image which another service of the stack builds get the build of that service: no registry has
 * the image. Each service then has an image of its own, the later ones from the builder's cache.
 */
export function withSharedBuilds(
  services: Readonly<Record<string, Service>>,
): Readonly<Record<string, Service>> {
  const built = new Map(
    Object.values(services).flatMap(({ image, build }) =>
      image === undefined || build === undefined ? [] : [[image, build] as const],
    ),
  );
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => {
      const build = service.image === undefined ? undefined : (service.build ?? built.get(service.image));
      return [name, build === undefined ? service : { ...service, build }];
    }),
  );
}
