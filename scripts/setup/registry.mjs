// @ts-check
import { unpackedPackage } from "./unpacked-package.mjs";

/** A registry: the nodes of Docker Swarm pull every image, and a server those that are private. */
export const { program: registryProgram, step: registry } = unpackedPackage("docker-registry", {
  packages: ["docker-registry"],
  program: "usr/bin/docker-registry",
  what: "registry",
  tests: "the tests of Docker Swarm and of private images",
});
