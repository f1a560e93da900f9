import { posix } from "node:path";
import type { Mount } from "../compose-spec/mount.ts";

/**
 * Who has to see to a bind mount's source on the host. Only the mount's own words decide, never whether the source is
 * there: a container that the engine made a directory for is the same when the directory is there.
 */

/** Names of files without an ending that says so. */
const fileNames =
  /^(?:(?:Docker|Make|Proc|Caddy|Vagrant|Jenkins|Core|Gem|Rake|Pip|Brew)file|LICENSE|README|htpasswd|crontab|id_(?:rsa|dsa|ecdsa|ed25519)|authorized_keys|known_hosts|machine-id|\.env(?:[._-].+)?|\.[\w-]+rc|\.(?:htpasswd|htaccess|netrc|pgpass|gitconfig|gitignore|dockerignore|bash_profile|profile|Xauthority))$/;

/** What stands behind a name's last dot where the name is a file's. `v1.2`, `data.v2`, `conf.d` and `example.com` have none of these. */
const fileEndings = new Set(
  (
    "conf cfg cnf config ini env properties json json5 jsonc yaml yml toml xml hcl rules tmpl tpl template j2 " +
    "sh bash zsh bat ps1 sql psql vcl awk " +
    "pem crt cer key csr der p12 pfx jks keystore gpg asc pub htpasswd " +
    "txt md rst csv tsv log html htm css svg png jpg jpeg gif ico pdf " +
    "db sqlite sqlite3 gz tgz bz2 xz zip tar jar war so pid sock"
  ).split(" "),
);

/** Likewise, though directories are called so as well: `node.js`, `auth.service`. */
const sharedEndings = new Set(
  "py js mjs cjs ts jsx tsx rb pl php lua go rs java service repo list lock map".split(" "),
);

/** Files of a host that programs in containers read, and that have no ending. */
const hostFiles =
  /^\/etc\/(?:localtime|timezone|passwd|group|shadow|gshadow|hosts|hostname|subuid|subgid|os-release|fstab)$/;

/**
 * Whether a bind mount is plainly meant for a file: by the name of its source or, where that says nothing, by the name
 * of its target.
 */
function isMeantAsFile({ source = "", target }: Mount): boolean {
  const [from, to] = [kindOf(source), kindOf(target)];
  if (from === "file") return to !== "directory";
  return from !== "directory" && (to === "file" || (from === "either" && to === "either"));
}

/** What a path is by its name; `undefined` where the name says nothing. */
function kindOf(path: string): "file" | "directory" | "either" | undefined {
  if (path.endsWith("/") || /\.d$/.test(path)) return "directory";
  const name = posix.basename(path);
  const ending = (/[^.].*\.([^.]+)$/.exec(name)?.[1] ?? "").toLowerCase();
  if (hostFiles.test(path) || fileNames.test(name) || fileEndings.has(ending)) return "file";
  return sharedEndings.has(ending) ? "either" : undefined;
}

/**
 * Whether the engine makes a directory where a bind mount's source is not there: a short form asks for that,
 * `create_host_path` does, and a long form that says nothing of its `bind`. The engine's own word for it parts source and
 * target by a colon.
 */
export function isMadeByEngine(mount: Mount): boolean {
  const { type, source = "", target, bind } = mount;
  return (
    type === "bind" &&
    (bind === undefined || bind.create_host_path === true) &&
    !`${source}${target}`.includes(":") &&
    !isMeantAsFile(mount)
  );
}

/** Whether the engine is to relabel a mount for SELinux. The old form of a mount has no place for a volume's own options. */
export function isRelabelled({ source, bind, volume }: Mount): boolean {
  return bind?.selinux !== undefined && source !== undefined && Object.keys(volume ?? {}).length === 0;
}

/**
 * Whether a mount has the old form: only in that does an engine make a missing directory of the host, or relabel for
 * SELinux. The old form of the Docker provider has no place for a propagation. A long form without a `bind` stays what
 * it is, as its containers are: who makes a container of it makes the directory first.
 */
export function isOfOldForm(mount: Mount): boolean {
  return (
    isRelabelled(mount) ||
    (isMadeByEngine(mount) && mount.bind !== undefined && mount.bind.propagation === undefined)
  );
}
