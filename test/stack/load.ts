import http from "node:http";

/** What a steady load has come to. */
export interface LoadResult {
  readonly requests: number;
  /** Each that was not answered, or not well: method, path and what came instead. */
  readonly failures: readonly string[];
  /** POST requests that were answered with 201. */
  readonly created: number;
}

/** A steady load on the gateway, until it is ended. */
export interface Load {
  end(): Promise<LoadResult>;
  /** Resolves when so many further requests have been answered, well or not. */
  further(requests: number): Promise<void>;
  /** Resolves with the next answer when it has gone on for so many seconds. */
  lasting(seconds: number): Promise<void>;
}

const connections = 4;

/**
 * Four clients that ask one after the other, GET and POST in turn.
 *
 * @param keepAlive Whether each keeps its connection, or opens one for every request.
 */
export function startLoad(
  url: string,
  { keepAlive, body }: { readonly keepAlive: boolean; readonly body: unknown },
): Load {
  const failures: string[] = [];
  let requests = 0;
  let created = 0;
  let goesOn = true;
  const waiting = new Set<() => void>();
  const client = async () => {
    const agent = new http.Agent({ keepAlive, maxSockets: 1 });
    for (let turn = 0; goesOn; turn += 1) {
      const method = turn % 2 === 0 ? "GET" : "POST";
      const path = method === "GET" ? `${url}/health` : `${url}/`;
      const status = await ask(method, path, agent, body);
      requests += 1;
      if (status === (method === "GET" ? 200 : 201)) created += method === "POST" ? 1 : 0;
      else failures.push(`${method} ${path}: ${status} at ${new Date().toISOString()}`);
      for (const wake of waiting) wake();
    }
    agent.destroy();
  };
  const began = performance.now();
  const clients = Array.from({ length: connections }, client);
  const answered = (enough: () => boolean) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        if (!enough()) return;
        waiting.delete(wake);
        resolve();
      };
      waiting.add(wake);
    });
  return {
    async end() {
      goesOn = false;
      await Promise.all(clients);
      return { requests, failures, created };
    },
    further(more) {
      const target = requests + more;
      return answered(() => requests >= target);
    },
    lasting: (seconds) => answered(() => performance.now() - began >= seconds * 1000),
  };
}

/** The status of an answer that came whole, or what went wrong. */
function ask(method: string, url: string, agent: http.Agent, body: unknown): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = method === "POST" ? { "content-type": "application/json" } : {};
    const request = http.request(url, { method, agent, headers, timeout: 30_000 }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        resolve(answer.statusCode ?? 0);
      });
      answer.on("error", ({ message }) => {
        resolve(message);
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", ({ message }) => {
      resolve(message);
    });
    request.end(method === "POST" ? JSON.stringify(body) : undefined);
  });
}
