import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The sentence of every key that definitions can have, by its path: `services.*.ports.*.target`. */
export function composeKeys(): ReadonlyMap<string, string> {
  return sentencesOf("compose-spec/definitions.ts", "Definitions");
}

/**
 * The sentence of every key of a type, by its path. The sentences stand once, as comments in the zod schemas, where editors
 * find them; TypeScript carries them on to the inferred types.
 *
 * @param module File in `components/` that exports the type.
 */
export function sentencesOf(module: string, type: string): ReadonlyMap<string, string> {
  const definitions = fileURLToPath(new URL(`../components/${module}`, import.meta.url));
  const config = ts.getParsedCommandLineOfConfigFile(
    fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) =>
        fail(ts.flattenDiagnosticMessageText(messageText, "\n")),
    },
  );
  const program = ts.createProgram([definitions], config?.options ?? {});
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(definitions) ?? fail(`there is no ${definitions}`);
  const symbol = checker.getSymbolAtLocation(source) ?? fail(`${definitions} exports nothing`);
  const exported = checker.getExportsOfModule(symbol).find(({ name }) => name === type);
  const sentences = new Map<string, string>();
  if (exported === undefined) fail(`there is no type ${type}`);
  else collect(checker.getDeclaredTypeOfSymbol(exported), "");
  return sentences;

  function collect(type: ts.Type, path: string): void {
    const whole = checker.getNonNullableType(type);
    for (const part of whole.isUnion() ? whole.types : [whole]) {
      if ((part.flags & ts.TypeFlags.Object) === 0) continue;
      const entries = checker.isArrayType(part)
        ? checker.getTypeArguments(part as ts.TypeReference)[0]
        : part.getStringIndexType();
      if (entries !== undefined) collect(entries, `${path}*.`);
      else for (const key of part.getProperties()) collectKey(key, `${path}${key.name}`);
    }
  }

  function collectKey(key: ts.Symbol, path: string): void {
    sentences.set(path, ts.displayPartsToString(key.getDocumentationComment(checker)));
    collect(checker.getTypeOfSymbol(key), `${path}.`);
  }
}

function fail(message: string): never {
  throw new Error(message);
}
