const pattern = /\$\{([A-Za-z]\w*)\}/g;

/**
 * The secrets an environment value refers to: `postgresql://app:${dbPassword}@postgres/app` names `dbPassword`.
 * Only the name is in the model, in hashes and in a preview; the value is filled in when the container is made.
 */
export function placeholders(value: string): string[] {
  return [...value.matchAll(pattern)].map(([, name = ""]) => name);
}

/**
 * The value with every placeholder filled; in a URL as its rules want it, so that a password may have any character.
 * A name that `secrets` does not have is left as it is.
 */
export function filled(value: string, secrets: Readonly<Record<string, string>>): string {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  return value.replace(pattern, (whole, name: string) => {
    const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (secret === undefined) return whole;
    return isUrl ? encodeURIComponent(secret) : secret;
  });
}
