import { createRequire, Module } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Has a module stand for another, which is loaded when something of it is asked for. One that is loaded already stays.
 *
 * @param from Whose version of the module is meant.
 * @param name The module as `require` takes it. It is no ES module.
 * @param instead What is there without it.
 */
export function loadWhenUsed(
  from: NodeJS.Require,
  name: string,
  instead: Readonly<Record<string, unknown>> = {},
): void {
  const path = from.resolve(name);
  if (require.cache[path] !== undefined) return;
  const placeholder = new Module(path);
  const loaded = (): unknown => {
    if (require.cache[path] === placeholder) Reflect.deleteProperty(require.cache, path);
    return from(path);
  };
  // Importers that look for what a module has would otherwise ask for all of it.
  const present: Readonly<Record<string | symbol, unknown>> = { __esModule: true, ...instead };
  placeholder.loaded = true;
  // Some modules are a function.
  placeholder.exports = new Proxy(() => undefined, {
    get: (_, key) =>
      Object.hasOwn(present, key) ? present[key] : (loaded() as Record<string | symbol, unknown>)[key],
    apply: (_, __, args) => (loaded() as (...args: unknown[]) => unknown)(...(args as unknown[])),
  });
  require.cache[path] = placeholder;
}
