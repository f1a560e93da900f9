/** Letters of the shortest line of a secret that is masked by itself: a shorter line is part of ordinary words, too. */
const shortestLine = 8;

/**
 * The text with every secret masked: as the secret is, as it stands in a URL, in JSON, in a shell's quotes, and in base64.
 * A secret of several lines is masked line by line as well, since a log indents the lines, or has the last of them only.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .flatMap((secret) => [secret, secret.trim(), ...linesOf(secret)])
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", `'\\''`),
      Buffer.from(secret).toString("base64"),
    ])
    .filter((form) => form !== "")
    // A form may hold another one.
    .sort((one, other) => other.length - one.length);
  return forms.reduce((rest, form) => rest.replaceAll(form, "[secret]"), text);
}

function linesOf(secret: string): string[] {
  return secret
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= shortestLine);
}
