import type { Service } from "../compose-spec/service.ts";
import { inService, warning, type Finding } from "../findings/finding.ts";

/** What images of databases read when they make their data folder, and never again. */
const databases = [
  {
    folder: /^\/var\/lib\/postgresql(?:\/|$)/,
    variables: ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"],
  },
  {
    folder: /^\/var\/lib\/mysql(?:\/|$)/,
    variables: ["MYSQL", "MARIADB"].flatMap((name) =>
      ["ROOT_PASSWORD", "USER", "PASSWORD", "DATABASE"].map((rest) => `${name}_${rest}`),
    ),
  },
  {
    folder: /^\/data\/db(?:\/|$)/,
    variables: ["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_DATABASE"],
  },
];

/** A mount in which a database keeps its login, and the variables by which the login was first set. */
export interface LoginFolder {
  readonly target: string;
  /** The volume's name on the engine, or the path on the host. */
  readonly source: string;
  readonly variables: readonly string[];
}

/** @param service With its volumes as the engine knows them. */
export function loginFolder({ environment = {}, volumes = [] }: Service): LoginFolder | undefined {
  for (const { folder, variables } of databases) {
    const set = variables.filter((variable) => Object.hasOwn(environment, variable));
    const data = environment["PGDATA"] ?? "";
    const mount = volumes.find(
      ({ type, target }) =>
        ["volume", "bind"].includes(type) && (folder.test(target) || `${data}/`.startsWith(`${target}/`)),
    );
    if (set.length > 0 && mount?.source !== undefined)
      return { target: mount.target, source: mount.source, variables };
  }
  return undefined;
}

type Variables = Readonly<Record<string, string | null | undefined>>;

/**
 * A warning where the login changes by which a database's data folder was made. Names variables only, never a value.
 *
 * @param before The variables of the container that the engine has.
 * @param after The variables of the container to come, with secrets filled in.
 */
export function keptLogin(
  service: string,
  { source, variables }: LoginFolder,
  before: Variables,
  after: Variables,
): Finding[] {
  const changed = variables.filter((variable) => (before[variable] ?? "") !== (after[variable] ?? ""));
  if (changed.length === 0) return [];
  const have = changed.length === 1 ? "has" : "have";
  return [
    inService(
      service,
      warning("kept-login", {
        path: `environment.${changed[0] ?? ""}`,
        message: `${listOf(changed)} ${have} changed, and \`${source}\` is kept: the data there has the old login, since the image reads these variables only while the folder is empty`,
        fix: "change the login in the database first; docs/secrets.md has the commands for PostgreSQL",
      }),
    ),
  ];
}

function listOf(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" and ");
}
