import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { TestStack, type Settings } from "../fixture/stack.ts";
import { Server } from "./server.ts";

/** The program of the folder `shop` as a stack on a server of its own: a gateway, a page behind it, and a shop. */
export class ShopOnServer {
  readonly server: Server;
  readonly stack: TestStack;

  private constructor(server: Server, stack: TestStack) {
    this.server = server;
    this.stack = stack;
  }

  /**
   * @param options.images That the server has, beside those of the program.
   * @param options.disk See `Server.start`.
   * @param options.environment Of the commands on the stack, beside the way to the server.
   */
  static async start({
    images = [],
    environment = {},
    ...options
  }: {
    readonly images?: readonly string[];
    readonly disk?: string;
    readonly environment?: Readonly<Record<string, string>>;
  } = {}): Promise<ShopOnServer> {
    const server = await Server.start(["nginx:1.28-alpine", "traefik:v3.6", ...images], options);
    try {
      const stack = await TestStack.create({
        folder: "test/remote/shop",
        environment: { ...server.environment, ...environment },
        settings: { engine: server.address },
      });
      return new ShopOnServer(server, stack);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async end(): Promise<void> {
    try {
      await this.stack.down();
    } finally {
      await this.server.stop();
    }
  }

  /** Writes the stack's config anew, from these changes alone. */
  async configure(services: Definitions["services"] = {}, settings: Settings = {}): Promise<void> {
    await this.stack.configure({ settings: { engine: this.server.address, ...settings }, services });
  }
}
