import { nearest, suggestion } from "../compose-spec/nearest.ts";
import { placeholders } from "../stack/placeholder.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Stack } from "../stack/stack.ts";
import type { Found } from "./found.ts";

/** The keys in which placeholders are filled. */
const filledKeys: readonly string[] = ["environment", "command", "entrypoint", "healthcheck", "labels"];

export function secrets(name: string, service: Service, stack: Stack): Found {
  const misspelt = Object.entries(service.environment ?? {}).flatMap(([variable, value]) =>
    placeholders(value ?? "")
      // What is like no secret's name is the shell's business.
      .filter((secret) => !stack.secrets.includes(secret) && nearest(secret, stack.secrets) !== undefined)
      .map((secret) => ({
        path: `services.${name}.environment.${variable}`,
        message: `refers to a secret \`${secret}\` that the stack does not have`,
        fix: suggestion(secret, stack.secrets),
      })),
  );
  const others = Object.entries(service).filter(([key]) => !filledKeys.includes(key));
  return [
    ...misspelt,
    ...others.flatMap(([key, value]) => misplaced(`services.${name}.${key}`, value, stack)),
  ];
}

/** Secrets where they are not filled in, or would be there for everybody to read: an image keeps its arguments. */
export function misplaced(path: string, value: unknown, stack: Stack): Found {
  const named = placeholders(JSON.stringify(value));
  return stack.secrets
    .filter((secret) => named.includes(secret))
    .map((secret) => ({
      path,
      message: `refers to the secret \`${secret}\`, which is not filled in here`,
      fix: `give it to a container by one of: ${filledKeys.join(", ")}, or the content of configs and secrets`,
    }));
}
