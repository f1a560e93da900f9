import type { Finished } from "../fixture/command.ts";
import type { TestStack } from "../fixture/stack.ts";
import type { Cluster } from "./cluster.ts";

/** A stack in a cluster of its own. */
export abstract class StackInSwarm {
  readonly cluster: Cluster;
  readonly stack: TestStack;

  protected constructor(cluster: Cluster, stack: TestStack) {
    this.cluster = cluster;
    this.stack = stack;
  }

  async end(): Promise<void> {
    try {
      await this.stack.down();
    } finally {
      await this.cluster.stop();
    }
  }

  /** Runs `pulumi-compose` on the cluster's network. */
  async command(...words: readonly string[]): Promise<Finished> {
    // Pulumi takes all of its own words, also those behind the stack's.
    return this.cluster.run(["pulumi-compose", ...words, ...this.stack.options], this.stack.environment);
  }

  /** The name of a service in the swarm. */
  named(service: string): string {
    return `${this.stack.project}_${service}`;
  }

  /** Ids of the tasks of services that are to run. */
  async tasks(...services: readonly string[]): Promise<readonly string[]> {
    return this.cluster.tasks(...services.map((service) => this.named(service)));
  }
}
