import type { Service } from "../compose-spec/service.ts";
import { looksSecret } from "./looks-secret.ts";

/**
 * The words of a service's variables that anybody may read, such as the names of a user and of a database. A variable that
 * is called like a secret, or that has a URL with a password in it, has none.
 */
export function clearWords({ environment = {} }: Service): string[] {
  return Object.entries(environment).flatMap(([variable, value]) => {
    // What a placeholder stands for is masked by itself.
    const written = (value ?? "").replace(/\$\{[A-Za-z]\w*\}/g, "");
    return looksSecret(variable, written) ? [] : written.split(/[^\w.-]+/).filter((word) => word !== "");
  });
}
