import { crc32 } from "node:zlib";
import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** The first DNS server, or search domain, is asked first; the Docker provider keeps them as a set. */
export function dnsOrder(service: Service): Finding[] {
  return (["dns", "dns_search"] as const).flatMap((path) => {
    const written = service[path] ?? [];
    const given = orderOfSet(written);
    return given.join() === written.join()
      ? []
      : [
          warning("changed-order", {
            path,
            message: `the Docker provider has an order of its own: the container asks ${given.join(", then ")}`,
            fix: "write one alone, or several of which any may be asked first",
          }),
        ];
  });
}

/** Terraform's set is ordered by the digits of its hashes. */
function orderOfSet(texts: readonly string[]): string[] {
  const codes = [...new Set(texts)].map((text) => [String(crc32(text)), text] as const);
  return codes.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
}
