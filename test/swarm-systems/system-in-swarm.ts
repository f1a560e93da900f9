import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { runCommand } from "../fixture/command.ts";
import { Cluster, succeeded } from "../swarm/cluster.ts";
import { StackInSwarm } from "../swarm/stack-in-swarm.ts";

/** The node that has the label `data`, and the volumes. */
export const dataNode = 2;

/** A system whose stack `swarm` goes to a cluster. */
interface System {
  /** Folder of its program, relative to the checkout. */
  readonly folder?: string;
  /** Value of the label `data`, as `Pulumi.swarm.yaml` has it. */
  readonly data: string;
  /** Words of `docker build` for every application, by its name. */
  readonly builds: Readonly<Record<string, readonly string[]>>;
  /** Images of other services, by the service. */
  readonly images: Readonly<Record<string, string>>;
  /** Stack config beside what leads to the cluster. */
  readonly settings: Settings;
}

/** The stack `swarm` of a system in a cluster of its own. */
export class SystemInSwarm extends StackInSwarm {
  /** Stack config that leads to the cluster. */
  readonly settings: Settings;
  /** What the cluster has under other names. */
  readonly images: Readonly<Record<string, { readonly image: string }>>;
  private readonly built: readonly string[];

  private constructor(
    cluster: Cluster,
    stack: TestStack,
    settings: Settings,
    images: SystemInSwarm["images"],
    built: readonly string[],
  ) {
    super(cluster, stack);
    this.settings = settings;
    this.images = images;
    this.built = built;
  }

  static async start({ folder, data, builds, images, settings }: System): Promise<SystemInSwarm> {
    const cluster = await Cluster.start({ nodes: 3 });
    const built = Object.keys(builds).map((name) => cluster.named(name));
    try {
      // The nodes reach no packages, so the images are built where the packages are, as in CI.
      for (const [name, words] of Object.entries(builds)) {
        const args = ["build", "--tag", cluster.named(name), ...words];
        succeeded(await runCommand("docker", args, { cwd: directory }));
      }
      await cluster.push(...Object.values(images), ...built);
      await cluster.docker(
        1,
        ...["node", "update", "--label-add", `data=${data}`, await cluster.nodeId(dataNode)],
      );
      const { swarm, ...others } = cluster.settings();
      const all = {
        ...others,
        swarm: { ...(swarm as object), nodes: [cluster.host(dataNode)] },
        ...settings,
      };
      const named = [...Object.entries(images), ...Object.keys(builds).map((name) => [name, name] as const)];
      const there = Object.fromEntries(named.map(([name, image]) => [name, { image: cluster.named(image) }]));
      const stack = await TestStack.create({
        ...(folder === undefined ? {} : { folder }),
        config: "Pulumi.swarm.yaml",
        settings: all,
        services: there,
        environment: cluster.environment,
      });
      return new SystemInSwarm(cluster, stack, all, there, built);
    } catch (error) {
      await runCommand("docker", ["rmi", ...built], { cwd: directory });
      await cluster.stop();
      throw error;
    }
  }

  override async end(): Promise<void> {
    try {
      await super.end();
    } finally {
      await runCommand("docker", ["rmi", ...this.built], { cwd: directory });
    }
  }
}
