/**
 * The grammar of image references (https://github.com/distribution/reference/blob/main/regexp.go), as the engine reads
 * them: `[registry/]name[:tag][@digest]`.
 */

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const registry = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const tag = "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}";
const digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const reference = new RegExp(
  `^(?<name>(?:(?<registry>${registry})/)?${component}(?:/${component})*)(?::${tag})?(?:@${digest})?$`,
);

/** Whether the engine can read the text as the name of an image. */
export function isImageReference(text: string): boolean {
  const { name = "", registry = "" } = reference.exec(text)?.groups ?? {};
  // Where the first part cannot be a registry's name, it is a part of the image's, which is in lower case.
  const isRegistry = /[.:A-Z]/.test(registry) || registry === "localhost" || registry === "";
  return name !== "" && name.length <= 255 && (isRegistry || registry === registry.toLowerCase());
}
