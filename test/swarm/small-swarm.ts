import { lines, type Finished } from "../fixture/command.ts";
import { TestStack, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import { StackInSwarm } from "./stack-in-swarm.ts";

/** Where the gateway and the database are. */
interface Places {
  /** Number of the gateway's node. Default 1. */
  readonly gateway?: number;
  /** Number of the database's node. Default 2. */
  readonly data?: number;
}

/** The project of this folder as a stack in a cluster of its own: a gateway, a web service, a job and a database. */
export class SmallSwarm extends StackInSwarm {
  static async start(options: ClusterOptions = {}): Promise<SmallSwarm> {
    const cluster = await Cluster.start(options);
    try {
      await cluster.push("traefik:v3.6", "redis:7-alpine", "nginx:1.28-alpine");
      await cluster.docker(1, "config", "create", "banner", "test/swarm/project/banner");
      const { environment } = cluster;
      const stack = await TestStack.create({ folder: "test/swarm/project", environment });
      return new SmallSwarm(cluster, stack);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Stack config. @param managers Addresses of managers. Default: the first node's. */
  settings(managers?: readonly string[], { gateway = 1, data = 2 }: Places = {}): Settings {
    return {
      ...this.cluster.settings(managers),
      environment: {
        REGISTRY: this.cluster.registry,
        DOCKER_SOCKET: this.cluster.host(gateway).replace("unix://", ""),
        GATEWAY_NODE: `node${gateway}`,
        DATA_NODE: `node${data}`,
      },
    };
  }

  /** The web service's address by the gateway. */
  web({ gateway = 1 }: Places = {}): string {
    return `http://10.77.0.${gateway}/web`;
  }

  /** What the web service answers by the gateway. */
  async page(places: Places = {}): Promise<string> {
    return this.cluster.page(`${this.web(places)}/`);
  }

  async answers(pattern: RegExp, places: Places = {}): Promise<void> {
    await until(`the gateway answers with ${String(pattern)}`, async () =>
      pattern.test(await this.page(places)),
    );
  }

  /** Destroys the stack, and fails unless nothing but volumes is left on any node. */
  async destroy(): Promise<Finished> {
    const finished = await this.command("destroy", "--yes");
    // Somebody else's config is there still.
    await this.cluster.docker(1, "config", "rm", "banner");
    await this.cluster.assertOnlyVolumesLeft(this.stack.project);
    return finished;
  }

  /** Names of what the swarm has of the stack, of a kind. */
  async parts(kind: "service" | "config" | "secret" | "network"): Promise<readonly string[]> {
    const names = lines(await this.cluster.docker(1, kind, "ls", "--format", "{{.Name}}"));
    return names.filter((name) => name.includes(this.stack.project)).toSorted();
  }
}
