import type { Service } from "../compose-spec/service.ts";
import type { Found } from "../findings/warning.ts";

/** Traefik 3 takes backticks, or double quotes; by single ones it drops the router. */
export function routerRules({ labels = {} }: Service): Found[] {
  return Object.entries(labels).flatMap(([label, rule]) =>
    /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/i.test(label) && /\(\s*'/.test(rule)
      ? [
          {
            name: "router-rule-quotes" as const,
            path: `labels.${label}`,
            message: "has its values in single quotes, with which Traefik drops the router",
            fix: `write ${rule.replaceAll("'", "`")}`,
          },
        ]
      : [],
  );
}
