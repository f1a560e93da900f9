import { readNotes, writeNotes, type Notes } from "./notes.ts";

/** A service of a swarm, and how it looks. */
interface Looking {
  readonly service: string;
  readonly id: string;
  /** Another checkout's `up` gives the service another one, and nothing is noted of that. */
  readonly revision: string | undefined;
  readonly look: string;
}

/** Notes how the services of a project look, after an `up` that went well. */
export function noteServiceLooks(project: string, services: readonly Looking[], directory: string): void {
  const notes = services.map((service) => [noteOf(service), service.look]);
  writeNotes("looks", project, Object.fromEntries(notes) as Notes<string>, directory);
}

/**
 * The names of the services that look otherwise than the last `up` of this checkout has left them.
 *
 * @param directory Absolute path of the program's folder. Default: the present folder, where Pulumi runs the program.
 */
export function changedByHand(project: string, services: readonly Looking[], directory?: string): string[] {
  const noted = readNotes<string>("looks", project, directory);
  return services.flatMap((service) => {
    const look = noted[noteOf(service)];
    return look === undefined || look === service.look ? [] : [service.service];
  });
}

function noteOf({ id, revision = "" }: Looking): string {
  return `service ${id} ${revision}`;
}
