import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** Where `pg_isready` asks, by its options, its variables or a connection string. */
const postgresHosts = [
  /(?:\s-h\s*|\s--host(?:=|\s+)|\bPGHOST=|\bhost(?:addr)?=)["']?([^\s"']+)/g,
  /\bpostgres(?:ql)?:\/\/(?:[^@\s/]*@)?([^\s"'/?]+)/g,
];

/** During initdb a temporary server answers on the socket, and goes away again. */
export function pgIsReady(name: string, service: Service, model: Model): Finding[] {
  const test = service.healthcheck?.test ?? [];
  const asks = test.join(" ");
  const written = postgresHosts.flatMap((host) => [...asks.matchAll(host)].map(([, found = ""]) => found));
  const hosts = written.length > 0 ? written : [service.environment?.PGHOST ?? "/"];
  // A path is the socket's folder.
  const overTcp = hosts.some((host) => !/^(?:\/|@|%2F)/i.test(host));
  const waiting = Object.values(model.services).some(
    ({ depends_on }) => depends_on?.[name]?.condition === "service_healthy",
  );
  if (!/\bpg_isready\b/.test(asks) || overTcp || !waiting) return [];
  return [
    warning("pg-isready-by-socket", {
      path: "healthcheck.test",
      message: "pg_isready asks by the socket, where a temporary server answers while PostgreSQL is set up",
      fix: "ask over TCP: pg_isready -h 127.0.0.1 …",
    }),
  ];
}

/** The words of a health command that reach its program as they are: no shell reads them, nor is one of them code. */
export function withoutShell([kind, ...words]: readonly string[]): readonly string[] {
  if (kind !== "CMD") return [];
  return words.filter((_, index) => !/^(?:-[a-z]*[cer]|--eval)$/.test(words[index - 1] ?? ""));
}

/** A variable of the container's where no shell fills it in. */
export function unfilledVariables({ healthcheck }: Service, { secrets }: Model): Finding[] {
  const words = withoutShell(healthcheck?.test ?? []).join(" ");
  const names = [...words.matchAll(/(?<!\$)\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Z_][A-Z0-9_]*)\b)/g)];
  return [...new Set(names.map(([, braced, plain]) => braced ?? plain ?? ""))]
    .filter((name) => !secrets.includes(name))
    .map((name) =>
      warning("interpolated-health-command", {
        path: "healthcheck.test",
        message: `nothing replaces $${name}: CMD runs its program without a shell`,
        fix: `write CMD-SHELL instead of CMD, with one text: a shell replaces the variable (in a Compose file, write $$${name})`,
      }),
    );
}
