import type { Service } from "../compose-spec/service.ts";
import { absoluteParts, written, type ComposeFile } from "../model/compose-file.ts";
import type { Model } from "../model/model.ts";
import { hiddenTexts } from "./hidden-texts.ts";
import type { Plan } from "./plan.ts";

/** What `docker compose build` and `docker compose pull` need. */
export interface ImagesFile {
  /** The services with nothing but their images, under the names that the stack looks for. */
  readonly file: ComposeFile;
  /** The texts that hold a secret, by the variables that stand for them in the file. */
  readonly variables: Readonly<Record<string, string>>;
}

export function imagesFileOf(model: Model, plan: Plan, directory: string): ImagesFile {
  const { services, secrets } = absoluteParts(model, directory);
  const { variables, write } = hiddenTexts(model.secrets);
  const images = plan.services.map(({ name, image }): [string, Service] => {
    const { build, platform } = services[name] ?? {};
    return [
      name,
      { image, ...(build === undefined ? {} : { build }), ...(platform === undefined ? {} : { platform }) },
    ];
  });
  const used = images.flatMap(([, { build }]) => (build?.secrets ?? []).map(({ source }) => source));
  const parts = {
    ...{ services: Object.fromEntries(images), networks: {}, volumes: {}, configs: {} },
    secrets: Object.fromEntries(Object.entries(secrets).filter(([name]) => used.includes(name))),
  };
  return { file: written(plan.project, parts, write), variables };
}
