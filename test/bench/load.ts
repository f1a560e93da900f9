import http from "node:http";
import type { Lost } from "./statistics.ts";

/** Connections that ask at the same time. */
const connections = 4;

/** Milliseconds between an answer and the next request of a connection. */
const pause = 10;

/** Asks an address over and over until it is stopped, and counts what did not come to good. */
export class Load {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  private readonly workers: readonly Promise<void>[];
  private stopped = false;
  private requests = 0;
  private failed = 0;

  constructor(url: string) {
    this.workers = Array.from({ length: connections }, () => this.work(url));
  }

  async stop(): Promise<Lost> {
    this.stopped = true;
    await Promise.all(this.workers);
    this.agent.destroy();
    return { requests: this.requests, failed: this.failed };
  }

  private async work(url: string): Promise<void> {
    while (!this.stopped) {
      this.requests += 1;
      if (!(await this.ask(url))) this.failed += 1;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private ask(url: string): Promise<boolean> {
    return new Promise((resolve) => {
      const request = http.get(url, { agent: this.agent, timeout: 10_000 }, (answer) => {
        answer.resume();
        answer.once("end", () => {
          resolve(answer.statusCode === 200);
        });
        answer.once("error", () => {
          resolve(false);
        });
      });
      request.once("timeout", () => request.destroy(new Error("no answer")));
      request.once("error", () => {
        resolve(false);
      });
    });
  }
}
