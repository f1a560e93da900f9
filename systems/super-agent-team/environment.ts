/** Variables that the seed's Compose files read, with the setting that has their place. */
const settingOf = { LOG_LEVEL: "logLevel", DB_USER: "dbUser", DB_NAME: "dbName" } as const;

type Setting = (typeof settingOf)[keyof typeof settingOf];

/**
 * A sentence for every variable of the environment that asks for another value than the stack's setting has. A stack is
 * the same from every terminal, so the variable has no effect.
 */
export function withoutEffect(
  environment: Readonly<Record<string, string | undefined>>,
  settings: Readonly<Record<Setting, string>>,
  stack: string,
): string[] {
  return Object.entries(settingOf).flatMap(([variable, setting]) => {
    const value = environment[variable] ?? "";
    if (value === "" || value === settings[setting]) return [];
    return [
      `${variable} of the environment has no effect: the stack has ${setting} ${settings[setting]} ` +
        `(npx pulumi config set ${setting} <value> --stack ${stack})`,
    ];
  });
}
