import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { mistake, type Certificate, type Finding } from "pulumi-compose";

/** What a stack may say of TLS at its gateway. */
interface Tls {
  readonly tls?: Certificate | undefined;
  readonly acme?: object | undefined;
  readonly routing: "file" | "labels";
  readonly override: { readonly file: string };
}

/**
 * Every mistake in what a stack says of its gateway's certificate: Traefik would tell its log, and answer with a
 * certificate of its own.
 *
 * @param directory Absolute path that relative ones count from.
 */
export function tlsMistakes({ tls, acme, routing, override: { file } }: Tls, directory: string): Finding[] {
  if (tls === undefined) return [];
  const byLabels = "the gateway reads certificate files with its routes, and this stack's come by labels";
  const found = [
    ...(acme === undefined
      ? []
      : [
          mistake("invalid-value", {
            path: "acme",
            message: "stands beside `tls`",
            fix: "keep the one that is meant",
          }),
        ]),
    ...(routing === "file"
      ? []
      : [mistake("invalid-value", { path: "routing", message: byLabels, fix: "take `routing` away" })]),
    ...certificateMistakes(tls, directory),
  ];
  return found.map((finding) => ({ file, ...finding }));
}

function certificateMistakes({ certFile, keyFile }: Certificate, directory: string): Finding[] {
  const certificate = readPem(
    "tls.certFile",
    resolve(directory, certFile),
    (pem) => new X509Certificate(pem),
  );
  const key = readPem("tls.keyFile", resolve(directory, keyFile), createPrivateKey);
  const found = [...certificate.mistakes, ...key.mistakes];
  if (certificate.value === undefined) return found;
  const { validTo, validToDate } = certificate.value;
  if (validToDate.getTime() < Date.now()) {
    const message = `\`${certFile}\` has ended on ${validTo}`;
    found.push(
      mistake("invalid-value", { path: "tls.certFile", message, fix: "put one there that is valid" }),
    );
  }
  if (key.value !== undefined && !certificate.value.checkPrivateKey(key.value)) {
    const message = `\`${keyFile}\` is not the key of \`${certFile}\``;
    found.push(
      mistake("invalid-value", { path: "tls.keyFile", message, fix: "name two files that belong together" }),
    );
  }
  return found;
}

/** What a file holds, as far as whoever runs this may read it, or what is wrong with it. */
function readPem<T>(
  path: string,
  file: string,
  read: (pem: string) => T,
): { readonly value?: T; readonly mistakes: readonly Finding[] } {
  const refused = (name: "invalid-value" | "missing-file", message: string, fix: string) => ({
    mistakes: [mistake(name, { path, message, fix })],
  });
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    return refused(
      "missing-file",
      `there is no file \`${file}\``,
      `put the PEM file there, or say where it is: super-team:${path}`,
    );
  }
  // The gateway is a root without its rights over other people's files.
  if (process.platform === "linux" && found.uid !== 0 && (found.mode & 0o004) === 0) {
    return refused(
      "invalid-value",
      `\`${file}\` is nobody's but user ${found.uid}'s, and the gateway is root`,
      `chown root ${file}`,
    );
  }
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch {
    // Root's alone, who may well be somebody else.
    return { mistakes: [] };
  }
  try {
    return { value: read(pem), mistakes: [] };
  } catch {
    const kind = path.endsWith("keyFile") ? "private key without a passphrase" : "certificate";
    return refused("invalid-value", `\`${file}\` is no ${kind} in PEM`, "put the right file there");
  }
}
