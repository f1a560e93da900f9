import { placeholders } from "../model/placeholder.ts";

/** Texts of a Compose file that hold secrets: the file has variables in their place. */
export interface HiddenTexts {
  /** The texts by their variables; secrets in them are placeholders. */
  readonly variables: Readonly<Record<string, string>>;
  /** The variable that stands for a text. */
  readonly variableFor: (text: string) => string;
  /** A text as the file has it. */
  readonly write: (text: string) => string;
}

/** @param secrets Names of the secrets. */
export function hiddenTexts(secrets: readonly string[]): HiddenTexts {
  const variables: Record<string, string> = {};
  const variableFor = (text: string) => {
    const variable = `PULUMI_COMPOSE_TEXT_${Object.keys(variables).length + 1}`;
    variables[variable] = text;
    return variable;
  };
  return {
    variables,
    variableFor,
    write: (text) =>
      placeholders(text).some((secret) => secrets.includes(secret))
        ? `\${${variableFor(text)}}`
        : text.replaceAll("$", "$$$$"),
  };
}
