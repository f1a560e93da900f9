/*
 * The page of `status --open`: one text with its style and its script, so that nothing has to be built and the browser
 * loads nothing else. Every text of the stack comes into the page as text, never as markup.
 */

const style = `
  :root { color-scheme: light dark; --line: #8c959f; --well: #1a7f37; --wrong: #cf222e; --waits: #9a6700; }
  body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 76rem; }
  h1 { font-size: 1.4rem; margin: 0; }
  .well { color: var(--well); } .wrong { color: var(--wrong); } .waits { color: var(--waits); }
  #topology { position: relative; overflow-x: auto; margin: 1.5rem 0; }
  #topology svg { position: absolute; inset: 0; pointer-events: none; }
  #topology path { fill: none; stroke: var(--line); }
  #topology a { position: absolute; box-sizing: border-box; width: 170px; height: 48px; padding: 2px 10px; overflow: hidden;
    border: 1px solid var(--line); border-left: 5px solid currentColor; border-radius: 6px; text-decoration: none;
    white-space: nowrap; text-overflow: ellipsis; background: Canvas; }
  #topology b { color: CanvasText; }
  article { border-top: 1px solid var(--line); padding: .8rem 0; }
  h2 { font-size: 1rem; margin: 0; }
  p { margin: .2rem 0; }
  pre { margin: .4rem 0 0; padding: .6rem; overflow-x: auto; background: color-mix(in srgb, CanvasText 7%, Canvas); }
`;

const script = `
  const element = (name, text = "", kind = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = kind;
    return made;
  };
  const time = (moment) => new Date(moment).toLocaleString();
  // What runs on one engine has these; a swarm's tasks do not.
  const stateOf = ({ state, exit_code = null, stopped = false, health = null }) =>
    (stopped ? "stopped" : exit_code === null ? state : "exited (" + exit_code + ")") + (health === null ? "" : ", " + health);
  const kindOf = ({ problem }) => problem === null ? "well" : problem.startsWith("is not ready") ? "waits" : "wrong";
  const placeOf = ({ id, container }) => encodeURIComponent(id ?? container);

  function depths(dependencies) {
    const found = new Map();
    const depth = (service, above) => {
      if (found.has(service)) return found.get(service);
      const below = (dependencies[service] ?? []).filter((other) => !above.includes(other));
      const own = Math.max(0, ...below.map((other) => 1 + depth(other, [...above, service])));
      found.set(service, own);
      return own;
    };
    for (const service of Object.keys(dependencies)) depth(service, [service]);
    return found;
  }

  /** What a box says of a service: of a swarm's, how many of its containers run. */
  function summaryOf(service, containers, services) {
    const worst = containers.find(({ problem }) => problem !== null) ?? containers[0];
    const { job, running, wanted, ok } = services.find((one) => one.service === service) ?? { job: true };
    if (!job) return { words: running + " of " + wanted + " running", kind: ok ? "well" : "wrong", worst };
    return worst === undefined ? { words: "none", kind: "" } : { words: stateOf(worst), kind: kindOf(worst), worst };
  }

  function topology(containers, dependencies, services) {
    const all = { ...Object.fromEntries(containers.map(({ service }) => [service, []])), ...dependencies };
    const [places, columns] = [new Map(), []];
    for (const [service, depth] of depths(all)) {
      columns[depth] ??= 0;
      places.set(service, { x: 20 + depth * 230, y: 10 + columns[depth]++ * 58 });
    }
    const picture = document.getElementById("topology");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const [width, height] = [columns.length * 230, 10 + Math.max(1, ...columns) * 58];
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    picture.style.height = height + "px";
    for (const [service, others] of Object.entries(all)) for (const other of others) {
      const [from, to] = [places.get(service), places.get(other)];
      if (from === undefined || to === undefined) continue;
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const [x, y, end, below] = [from.x, from.y + 24, to.x + 170, to.y + 24];
      path.setAttribute("d", "M" + x + " " + y + " C" + (x - 30) + " " + y + " " + (end + 30) + " " + below + " " + end + " " + below);
      svg.append(path);
    }
    const boxes = [...places].map(([service, { x, y }]) => {
      const own = containers.filter((container) => container.service === service);
      const { words, kind, worst } = summaryOf(service, own, services);
      const box = element("a", "", kind);
      box.href = "#" + (worst === undefined ? "" : placeOf(worst));
      box.style.left = x + "px";
      box.style.top = y + "px";
      box.append(element("b", service), document.createElement("br"), words);
      return box;
    });
    picture.replaceChildren(svg, ...boxes);
  }

  function nodeLine({ node, role, state, availability }, containers) {
    const count = containers.filter((container) => container.node === node && container.state === "running").length;
    const words = [role, state, ...(availability === "active" ? [] : [availability]), count + " running here"];
    const kind = state !== "ready" ? "wrong" : availability === "active" ? "well" : "waits";
    const line = element("p", "node " + node + " ");
    line.append(element("span", words.join(", "), kind));
    return line;
  }

  function article(container, lines) {
    const made = element("article");
    made.id = placeOf(container);
    const heading = element("h2", container.container + " ");
    heading.append(element("span", stateOf(container), kindOf(container)));
    made.append(heading);
    if (container.problem !== null) made.append(element("p", container.container + " " + container.problem, "wrong"));
    const facts = [
      container.node === undefined ? [] : ["node " + container.node],
      container.tier === "" ? [] : ["tier " + container.tier],
      container.since === null ? [] : ["since " + time(container.since)],
      container.changed === null ? [] : ["last changed " + time(container.changed)],
      container.revision === null ? [] : ["revision " + container.revision],
      Object.entries(container.ports).map(([inside, outside]) => outside.join(", ") + " → " + inside),
    ];
    made.append(element("p", facts.flat().join(" · ")));
    if (container.url !== null) {
      const address = element("a", container.url);
      address.href = /^https?:/.test(container.url) ? container.url : "http://" + container.url;
      address.rel = "noreferrer";
      made.append(address);
    }
    if (lines !== undefined && lines.length > 0) made.append(element("pre", lines.join("\\n")));
    return made;
  }

  function show({ status, dependencies, logs }) {
    const { stack, project, ok, problems, update, last_up, services = [], nodes = [] } = status;
    const containers = status.tasks ?? status.containers;
    document.title = (ok ? "" : "(" + problems.length + ") ") + project;
    document.querySelector("h1").textContent = project + ", stack " + stack;
    const verdict = document.getElementById("verdict");
    verdict.className = ok ? "well" : "wrong";
    verdict.textContent = ok ? "all is well" : problems.length + (problems.length === 1 ? " problem" : " problems");
    const lines = [
      ...(update === null ? [] : ["An update is under way: " + update]),
      ...problems,
      ...(last_up === null ? [] : ["Last up: " + time(last_up)]),
    ];
    document.getElementById("lines").replaceChildren(...lines.map((line) => element("p", line)));
    topology(containers, dependencies, services);
    document.getElementById("nodes").replaceChildren(...nodes.map((node) => nodeLine(node, containers)));
    document.getElementById("containers").replaceChildren(
      ...containers.map((container) => article(container, logs[container.id ?? container.container])),
    );
  }

  const events = new EventSource("events");
  events.onmessage = ({ data }) => show(JSON.parse(data));
  events.onerror = () => {
    const verdict = document.getElementById("verdict");
    verdict.className = "waits";
    verdict.textContent = "status --open has ended, or does not answer";
  };
`;

/** @param nonce By which the browser knows that the script is the page's own. */
export function pageText(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>status</title>
<style nonce="${nonce}">${style}</style>
<h1>…</h1>
<p id="verdict"></p>
<div id="lines"></div>
<div id="topology"></div>
<div id="nodes"></div>
<div id="containers"></div>
<script nonce="${nonce}">${script}</script>
</html>
`;
}
