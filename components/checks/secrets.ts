import { nearest, suggestion } from "../findings/nearest.ts";
import { placeholders } from "../model/placeholder.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { mistake, type Finding } from "../findings/finding.ts";

/** The keys in which placeholders are filled. */
const filledKeys: readonly string[] = ["environment", "command", "entrypoint", "healthcheck", "labels"];

export function secrets(service: Service, model: Model): Finding[] {
  const misspelt = Object.entries(service.environment ?? {}).flatMap(([variable, value]) =>
    placeholders(value ?? "")
      // What is like no secret's name is the shell's business.
      .filter((secret) => !model.secrets.includes(secret) && nearest(secret, model.secrets) !== undefined)
      .map((secret) =>
        mistake("unknown-secret", {
          path: `environment.${variable}`,
          message: `the stack has no secret \`${secret}\``,
          fix: suggestion(secret, model.secrets),
        }),
      ),
  );
  const others = Object.entries(service).filter(([key]) => !filledKeys.includes(key));
  return [...misspelt, ...others.flatMap(([key, value]) => misplaced(key, value, model))];
}

/** Secrets where they are not filled in, or would be there for everybody to read: an image keeps its arguments. */
export function misplaced(path: string, value: unknown, model: Model): Finding[] {
  const named = placeholders(JSON.stringify(value ?? null));
  return model.secrets
    .filter((secret) => named.includes(secret))
    .map((secret) =>
      mistake("misplaced-secret", {
        path,
        message: `secret \`${secret}\` is not filled in here`,
        fix: `use the secret in ${filledKeys.join(", ")}, or in the content of a config or a secret`,
      }),
    );
}
