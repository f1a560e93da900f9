// @ts-check
import { join } from "node:path";
import { unpackedPackage } from "./unpacked-package.mjs";

const server = unpackedPackage("openssh-server", {
  // The library is one that a machine may not have.
  packages: ["openssh-server", "libwrap0"],
  program: "usr/sbin/sshd",
  what: "server of OpenSSH",
  tests: "the tests of an engine elsewhere",
});

/** OpenSSH's server: tests reach an engine through it. */
export const { program: sshServerProgram, step: sshServer } = server;

/** Where the program finds its library: below `usr/lib`, in a folder for the machine's kind. */
export const sshServerLibraries = join(server.folder, "usr", "lib");
