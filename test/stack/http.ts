export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Asks a service of the stack; a body is sent as JSON. */
export async function ask<T = unknown>(
  method: "GET" | "POST",
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true;
  return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as T };
}

/** The seed's routing table: a prefix of the gateway by service. */
export const prefixes = {
  architect: "/api/architect",
  "contract-engine": "/api/contracts",
  "codebase-intelligence": "/api/codebase",
  "auth-service": "/api/auth",
  "orders-service": "/api/orders",
  "notifications-service": "/api/notifications",
} as const;

type Routed = keyof typeof prefixes;
const routed = Object.keys(prefixes) as Routed[];

/** What each prefix answers for its health, as `{"/api/architect": 200, …}`. */
export async function healthByPrefix(
  gateway: string,
  services: readonly Routed[] = routed,
): Promise<Record<string, number>> {
  const entries = services.map(async (service) => {
    const { status } = await ask("GET", `${gateway}${prefixes[service]}/health`);
    return [prefixes[service], status] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What `healthByPrefix` says of a stack that serves. */
export function allHealthy(services: readonly Routed[] = routed): Record<string, number> {
  return Object.fromEntries(services.map((service) => [prefixes[service], 200]));
}
