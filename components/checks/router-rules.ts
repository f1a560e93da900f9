import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** Traefik 3 takes backticks, or double quotes; by single ones it drops the router. */
export function routerRules({ labels = {} }: Service): Finding[] {
  return Object.entries(labels).flatMap(([label, rule]) =>
    /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/i.test(label) && /\(\s*'/.test(rule)
      ? [
          warning("router-rule-quotes", {
            path: `labels.${label}`,
            message: "Traefik ignores a router whose rule has single quotes",
            fix: `write ${rule.replaceAll("'", "`")}`,
          }),
        ]
      : [],
  );
}
