import { posix } from "node:path";
import { dependenciesOf } from "../model/dependencies.ts";
import { own } from "../compose-spec/own.ts";
import { replicasOf, type Mount, type Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { inService, warning, type Finding } from "../findings/finding.ts";

/** What may be a database file, bare or behind the schemes that libraries have for it. */
const databaseFile =
  /^(?:(?:jdbc:)?(?<scheme>sqlite3?)(?:\+\w+)?:|(?<scheme>file):)?(?<path>[^\s?#:]*\.(?:db|db3|sqlite|sqlite3))(?:[?#].*)?$/i;

/** How one is opened that is only read. */
const readOnly = /[?&](?:mode=ro|immutable=1)(?:&|$)/i;

/** A database file that a service names, and has mounted. */
interface Named {
  readonly service: string;
  /** The key that names the file, below the service. */
  readonly path: string;
  /** One name for all who have it mounted: what is mounted, and where in it the file lies. */
  readonly file: string;
  readonly writes: boolean;
}

/**
 * One SQLite file that several containers may write to at a time; SQLite lets one do so, and the others find the
 * database locked.
 */
export function sqliteWriters(model: Model): Finding[] {
  const named = Object.entries(model.services).flatMap(([name, service]) => namedIn(name, service, model));
  const writers = named.filter(
    ({ writes, service, file }, index) =>
      writes &&
      !named.slice(0, index).some((one) => one.writes && one.service === service && one.file === file),
  );
  return [...furtherWriters(writers, model), ...mountedBeside(writers, named, model)];
}

/** Those that name a file which another has named before. */
function furtherWriters(writers: readonly Named[], model: Model): Finding[] {
  return writers.flatMap(({ service, path, file }, index) => {
    const fix = "mount the file read-only in all services but one, ask that one over HTTP, or use PostgreSQL";
    const found = (message: string) =>
      inService(service, warning("sqlite-two-writers", { path, message, fix }));
    const replicas = replicasOf(model.services[service] ?? {});
    if (replicas > 1) {
      return [found(`${replicas} containers may write to this SQLite file`)];
    }
    const other = writers
      .slice(0, index)
      .find((before) => before.file === file && mayMeet(before.service, service, model));
    if (other === undefined) return [];
    return [found(`\`${other.service}\` may write to this SQLite file as well`)];
  });
}

/** Those that have a file mounted, so that they may write to it, and name none that they would have it for. */
function mountedBeside(writers: readonly Named[], named: readonly Named[], model: Model): Finding[] {
  return Object.entries(model.services).flatMap(([name, service]) => {
    const mine = named.filter((one) => one.service === name);
    const others = writers.filter((writer) => mayMeet(writer.service, name, model));
    return (service.volumes ?? []).flatMap((mount, index) => {
      const other = others.find(({ file }) => writesThrough(mount, service, file, model));
      if (other === undefined || mine.some(({ file }) => isBelow(file, mount, model))) return [];
      return [
        inService(
          name,
          warning("sqlite-two-writers", {
            path: `volumes.${index}`,
            message: `\`${name}\` may write to the SQLite file of \`${other.service}\` here (${other.path})`,
            fix: `mount the volume read-only (\`:ro\`), or ask \`${other.service}\` over HTTP`,
          }),
        ),
      ];
    });
  });
}

function namedIn(name: string, service: Service, model: Model): Named[] {
  const values = [
    ...Object.entries(service.environment ?? {}).map(([key, value]) => [`environment.${key}`, value ?? ""]),
    ...(service.command ?? []).map((word, index) => [`command.${index}`, word.replace(/^--?[\w.-]+=/, "")]),
  ];
  return values.flatMap(([path = "", value = ""]) => {
    const [found] = pathsIn(value, service).flatMap((file) => mountedFile(service, file, model) ?? []);
    if (found === undefined) return [];
    return [{ service: name, path, file: found.file, writes: found.writable && !readOnly.test(value) }];
  });
}

/** The absolute paths that a value may mean. */
function pathsIn(value: string, { working_dir: directory }: Service): string[] {
  const { scheme = "", path = "" } =
    databaseFile.exec(value.replace(/^sqlite3?(?:\+\w+)?:\/{0,3}(?=file:)/i, ""))?.groups ?? {};
  if (path === "") return [];
  const [slashes = ""] = /^\/*/.exec(path) ?? [];
  const rest = path.slice(slashes.length);
  const absolute = posix.normalize(`/${rest}`);
  const relative = directory === undefined ? [] : [posix.resolve("/", directory, rest)];
  if (slashes === "") return relative;
  // `sqlite:///data/app.db` is below the working directory to some, and absolute to others.
  if (/sqlite/i.test(scheme) && slashes.length === 2) return relative;
  return /sqlite/i.test(scheme) && slashes.length === 3 ? [absolute, ...relative] : [absolute];
}

/** The file by what is mounted; none where it is the container's own. */
function mountedFile(
  { volumes = [] }: Service,
  file: string,
  model: Model,
): { readonly file: string; readonly writable: boolean } | undefined {
  const [mount] = volumes
    .filter(({ target }) => file === target || file.startsWith(`${target.replace(/\/$/, "")}/`))
    .sort((one, other) => other.target.length - one.target.length);
  const root = mount === undefined ? undefined : rootOf(mount, model);
  if (mount === undefined || root === undefined) return undefined;
  return {
    file: posix.join(root, posix.relative(mount.target, file)),
    writable: mount.read_only !== true,
  };
}

/** What is mounted, by the name that the engine has for it; two of a stack's volumes may be one there. */
function rootOf({ type, source, volume }: Mount, model: Model): string | undefined {
  if (source === undefined || type === "tmpfs") return undefined;
  const name = type === "volume" ? (own(model.volumes, source)?.name ?? source) : posix.normalize(source);
  return posix.join(`${type}:${name}`, volume?.subpath ?? "");
}

/** Whether a service may write to a file through a mount, which no other of its mounts covers there. */
function writesThrough(mount: Mount, service: Service, file: string, model: Model): boolean {
  if (mount.read_only === true || !isBelow(file, mount, model)) return false;
  const inContainer = posix.join(mount.target, file.slice(rootOf(mount, model)?.length));
  return mountedFile(service, inContainer, model)?.file === file;
}

function isBelow(file: string, mount: Mount, model: Model): boolean {
  const root = rootOf(mount, model);
  return root !== undefined && (file === root || file.startsWith(`${root.replace(/\/$/, "")}/`));
}

/** Whether two services may be up at once, and neither starts only when the other has ended. */
function mayMeet(one: string, other: string, model: Model): boolean {
  return one !== other && !waitsForEnd(one, other, model) && !waitsForEnd(other, one, model);
}

function waitsForEnd(
  name: string,
  job: string,
  model: Model,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (seen.has(name)) return false;
  return Object.entries(dependenciesOf(model.services[name] ?? {})).some(
    ([dependency, { condition }]) =>
      (dependency === job && condition === "service_completed_successfully") ||
      waitsForEnd(dependency, job, model, new Set([...seen, name])),
  );
}
