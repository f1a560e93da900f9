import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** The provider reads an IPv6 address back as none, and would make the container anew. */
export function ipv6Hosts({ extra_hosts = [] }: Service): Finding[] {
  return extra_hosts.flatMap((entry, index) =>
    (entry.match(/:/g) ?? []).length < 2
      ? []
      : [
          warning("ipv6-host", {
            path: `extra_hosts.${index}`,
            message:
              "the Docker provider cannot read an IPv6 address back, and replaces the container after every refresh",
            fix: "write an IPv4 address",
          }),
        ],
  );
}
