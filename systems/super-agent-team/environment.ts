import { warning, type Finding } from "pulumi-compose";

/** Variables that the seed's Compose files read, with the setting that has their place. */
const settingOf = { LOG_LEVEL: "logLevel", DB_USER: "dbUser", DB_NAME: "dbName" } as const;

type Setting = (typeof settingOf)[keyof typeof settingOf];

/** Where variables are set, under the name that a person gives the place; earlier ones win. */
type Places = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

/**
 * A warning for every variable that asks for another value than the stack's setting has. A stack is the same from every
 * terminal, so the variable has no effect.
 */
export function withoutEffect(
  places: Places,
  settings: Readonly<Record<Setting, string>>,
  stack: string,
): Finding[] {
  return Object.entries(settingOf).flatMap(([variable, setting]) => {
    const [place, variables] = Object.entries(places).find(([, set]) => (set[variable] ?? "") !== "") ?? [];
    if (place === undefined || variables?.[variable] === settings[setting]) return [];
    return [
      warning("unheard-variable", {
        file: `Pulumi.${stack}.yaml`,
        path: setting,
        message: `${variable} of ${place} has no effect: the stack has ${setting} ${settings[setting]}`,
        fix: `npx pulumi config set ${setting} <value> --stack ${stack}`,
      }),
    ];
  });
}
