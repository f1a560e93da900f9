import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

/** A key service of its own, for the secrets of stacks. */
export interface KeyService {
  /** What Pulumi is told of the service. */
  readonly env: Readonly<Record<string, string>>;
  close(): void;
}

/**
 * Starts a stand-in for HashiCorp Vault, which locks and unlocks as Vault's engine `transit` does, for those alone who have the
 * token. It locks nothing: what it gives back is what it got, turned around.
 */
export async function startKeyService(): Promise<KeyService> {
  const token = "of-those-who-may-read";
  const turned = (text = "") => Buffer.from(text).reverse().toString();
  const server = createServer((request, response) => {
    const answer = async () => {
      if (request.headers["x-vault-token"] !== token) return response.writeHead(403).end();
      const { plaintext, ciphertext } = (await json(request)) as Partial<Record<string, string>>;
      const data = request.url?.includes("/encrypt/")
        ? { ciphertext: `vault:v1:${turned(plaintext)}` }
        : { plaintext: turned(ciphertext?.replace("vault:v1:", "")) };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    env: { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: token },
    close: () => server.close(),
  };
}
