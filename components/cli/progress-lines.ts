/** ` ++ docker:index:Container shop-web-1 created replacement (0.49s) [diff: ~envs]; waits for …` */
const row = /^ .{3}([\w-]+:\w+:\w+) (\S+) +(.*)$/;

/** What runs: on one engine a container, in a swarm a service. */
const runs: readonly string[] = ["docker:index:Container", "docker:index:Service"];

/** What has become, or would become, of a container or a service; `delete original` and `replaced` are parts of a replacement. */
const result = /^(?:(?:create|update)d?(?: replacement)?|deleted?)(?=\s|$)(?! original)(?: \([\d.ms]+\))?/;

/**
 * What a person reads of the lines that Pulumi prints where no terminal is: every step of every resource is a line there,
 * and is printed again with each message. Of the steps a line a container, or a service of a swarm, is left, and every failure.
 *
 * @returns A function from a line to whether the line is printed, and how.
 */
export function progressLines(): (line: string) => string | undefined {
  const printed = new Set<string>();
  return (printedLine) => {
    // The dots of a wait, behind which a line may begin.
    const line = printedLine.replace(/^@ (?:previewing update|updating|destroying|refreshing)\.+/, "");
    if (line === "" && printedLine !== "") return undefined;
    const [, type, name = "", status = ""] = row.exec(line) ?? [];
    if (type === undefined || /\*\*|error:/.test(status)) return line;
    const [said] = runs.includes(type) ? (result.exec(status) ?? []) : [];
    if (said === undefined || printed.has(name)) return undefined;
    printed.add(name);
    // In a preview the words are those of what is to come.
    const words = said.replace(/^create(d?) replacement/, (_, done: string) => `replace${done}`);
    return `${line.slice(0, 4)}${name} ${words}`;
  };
}
