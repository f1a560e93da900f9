/** `postgres://app:password@db/app` */
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

/** Whether a variable looks like a secret, by its name or by a URL that has a password in it. */
export function looksSecret(variable: string, value: string): boolean {
  return urlWithPassword.test(value) || (soundsSecret(variable) && mayBeSecret(value));
}

const secretWords =
  /^(?:\w*(?:PASSWORD|PASSWD|PASSPHRASE|SECRET)|PASS|PWD|TOKEN|KEYS?|APIKEY|AUTHTOKEN|CREDENTIALS?)$/;
/** `PUBLIC_KEY`, `CACHE_KEY`, `MAX_TOKEN`: words that make something else of a key or a token. */
const publicWords =
  /^(?:PUBLIC|PUB|PUBLISHABLE|SITE|ANON|CACHE|SORT|PRIMARY|FOREIGN|PARTITION|ROUTING|GROUP|HOT|MAX|MIN|NUM|USE|ENABLE|DISABLE|REQUIRE|ALLOW|NO|SKIP)$/;

function soundsSecret(variable: string): boolean {
  const words = variable
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .split("_")
    .filter((word) => word !== "");
  const last = words.at(-1)?.replace(/\d+$/, "") ?? "";
  const [isRails, isFolder] = [variable.endsWith("SECRET_KEY_BASE"), words.length === 1 && last === "PWD"];
  return isRails || (!isFolder && secretWords.test(last) && !words.some((word) => publicWords.test(word)));
}

/** Whether a value can be a secret: not what only switches something, a file's path, or a declared secret's placeholder. */
export function mayBeSecret(value: string): boolean {
  const isSwitch = /^\s*(?:true|false|yes|no|on|off|none|null|[01])?\s*$/i.test(value);
  const isFile = /^(?:\.{0,2}|~)\/(?:[\w.-]+\/)*[\w-]+\.\w{1,5}$|^\/run\/secrets\//.test(value);
  return !isSwitch && !isFile && !/\$\{[A-Za-z]\w*\}/.test(value);
}
