// @ts-check
// Programs that are built from Go modules where they cannot be downloaded. Each program has a module in toolchain/, which
// pins the program and all that it is built from.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { folderHash } from "./folder-hash.mjs";
import { NeedsAttention } from "./needs-attention.mjs";
import { cacheFolder, toolchainFolder } from "./paths.mjs";
import { probe, run } from "./run.mjs";
import { versions } from "./versions.mjs";

/**
 * @typedef {object} Program
 * @property {string} [folder] folder in toolchain/, when its name is not the program's
 * @property {string} source the Go package that is built
 * @property {string} [module] the module whose version in go.mod must be `version`
 * @property {string} version the version that the program prints
 * @property {string} [variable] the Go variable that the linker sets to the version
 * @property {string} [tags] build tags
 */

const PULUMI_VERSION = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const COMPOSE = "github.com/docker/compose/v5";
const LOKI = "github.com/grafana/loki/v3";
const MAILHOG = "github.com/mailhog/MailHog";
const OAUTH2_PROXY = "github.com/oauth2-proxy/oauth2-proxy/v7";
const TRAEFIK = "github.com/traefik/traefik/v3";

/** @type {Record<string, Program>} */
const programs = {
  pulumi: {
    source: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    module: "github.com/pulumi/pulumi/pkg/v3",
    version: `v${versions.pulumi}`,
    variable: PULUMI_VERSION,
  },
  // Newer modules of the SDK do not contain the language host. The host of the older SDK serves the newer engine, behind
  // a small main that passes it a project's options.
  "pulumi-language-nodejs": {
    source: ".",
    version: `v${versions.pulumi}`,
  },
  "pulumi-language-nodejs-host": {
    folder: "pulumi-language-nodejs",
    source: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: `v${versions.pulumi}`,
    variable: PULUMI_VERSION,
  },
  "pulumi-resource-docker": {
    source: ".",
    version: versions.dockerProvider,
    variable: "main.version",
    // The Compose resource is not used, and takes half of the build.
    tags: "no_compose",
  },
  traefik: {
    source: `${TRAEFIK}/cmd/traefik`,
    version: (requiredVersion("traefik", TRAEFIK) ?? "").replace(/^v/, ""),
    variable: `${TRAEFIK}/pkg/version.Version`,
  },
  // Compose's newest major version, for the tests. Debian has the major version before.
  "docker-compose": {
    source: `${COMPOSE}/cmd`,
    version: requiredVersion("docker-compose", COMPOSE) ?? "",
    variable: `${COMPOSE}/internal.Version`,
  },
  mailhog: {
    source: MAILHOG,
    version: (requiredVersion("mailhog", MAILHOG) ?? "").replace(/^v/, ""),
    variable: "main.version",
  },
  "oauth2-proxy": {
    source: OAUTH2_PROXY,
    version: requiredVersion("oauth2-proxy", OAUTH2_PROXY) ?? "",
    variable: `${OAUTH2_PROXY}/pkg/version.VERSION`,
  },
  loki: {
    source: `${LOKI}/cmd/loki`,
    version: (requiredVersion("loki", LOKI) ?? "").replace(/^v/, ""),
    variable: `${LOKI}/pkg/util/build.Version`,
  },
  promtail: {
    folder: "loki",
    source: `${LOKI}/clients/cmd/promtail`,
    version: (requiredVersion("loki", LOKI) ?? "").replace(/^v/, ""),
    variable: `${LOKI}/pkg/util/build.Version`,
  },
};

/** Two compilations at the same time take as long as one after the other, and twice the memory. */
let lastCompilation = Promise.resolve();

/**
 * Builds a program, once for each state of its folder.
 *
 * @param {string} name
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} path of the program
 */
export async function buildGoBinary(name, progress) {
  const path = join(cacheFolder, `${name}-${await goBinaryHash(name)}`, name);
  if (existsSync(path)) return path;

  const report = (/** @type {string} */ text) => {
    progress(`${name}: ${text}`);
  };
  checkVersion(name);
  await checkThatGoIsThere(name);
  await fetchModules(name, report);
  report("waiting for its turn to be compiled");
  const compilation = lastCompilation.then(() => compile(name, path, report));
  lastCompilation = compilation.catch(() => undefined);
  await compilation;
  return path;
}

/**
 * A hash of what a program is built from: its folder in toolchain/ and its entry in the table above.
 *
 * @param {string} name
 * @returns {Promise<string>}
 */
export function goBinaryHash(name) {
  return folderHash(folderOf(name), JSON.stringify(programNamed(name)));
}

/**
 * Fetches only the modules that the program imports: its go.mod lists more.
 *
 * @param {string} name
 * @param {(text: string) => void} report
 */
async function fetchModules(name, report) {
  const { source, tags = "" } = programNamed(name);
  report("fetching Go modules");
  await run("go", ["list", "-deps", "-mod=readonly", `-tags=${tags}`, source], {
    ...surroundings(name),
    log: `fetch-${name}`,
    progress(line) {
      if (line.startsWith("go: ")) report(line.slice("go: ".length));
    },
  });
}

/**
 * @param {string} name
 * @param {string} path
 * @param {(text: string) => void} report
 */
async function compile(name, path, report) {
  const { source, version, variable, tags = "" } = programNamed(name);
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const args = ["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", `-tags=${tags}`];
  // The linker drops debug information, so the compiler need not make it. That saves a tenth of the time.
  const versioned = variable === undefined ? "" : ` -X ${variable}=${version}`;
  args.push("-gcflags=all=-dwarf=false", "-ldflags", `-s -w${versioned}`);
  let compiled = 0;
  await run("go", [...args, "-o", unfinished, source], {
    ...surroundings(name),
    log: `build-${name}`,
    progress(line) {
      report(`compiled ${(compiled += 1)} packages, ${line}`);
    },
  });
  await rename(unfinished, path);
}

/** @param {string} name */
function surroundings(name) {
  // Without cgo no C compiler is needed, and the programs share compiled packages.
  return { cwd: folderOf(name), env: { CGO_ENABLED: "0", GOWORK: "off" } };
}

/**
 * package.json names the version, and go.mod has to name the same.
 *
 * @param {string} name
 */
function checkVersion(name) {
  const { source, module, version } = programNamed(name);
  const required = module === undefined ? version : requiredVersion(name, module);
  if (required === version) return;
  throw new NeedsAttention(
    `toolchain/${name}/go.mod builds ${name} ${required ?? "(nothing)"}, package.json asks for ${version}`,
    `In toolchain/${name}: go get -tool ${source}@${version}`,
  );
}

/** @param {string} name */
async function checkThatGoIsThere(name) {
  const { code } = await probe("go", ["version"]);
  if (code === 0) return;
  throw new NeedsAttention(
    `${name} cannot be downloaded, and cannot be built because Go is not installed`,
    `Install Go. Or give this machine access to the internet, so that ${name} can be downloaded.`,
  );
}

/**
 * @param {string} name
 * @param {string} module
 */
function requiredVersion(name, module) {
  const requirements = readFileSync(join(toolchainFolder, name, "go.mod"), "utf8");
  const line = requirements.split("\n").find((text) => text.trim().startsWith(`${module} `));
  return line?.trim().split(" ")[1];
}

/** @param {string} name */
function folderOf(name) {
  return join(toolchainFolder, programNamed(name).folder ?? name);
}

/** @param {string} name */
function programNamed(name) {
  const program = programs[name];
  if (program === undefined) throw new Error(`there is no program ${name} in toolchain/`);
  return program;
}
