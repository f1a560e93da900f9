/** Bytes of the shortest part of a secret that is masked by itself: a shorter part is a part of ordinary words, too. */
const shortestPart = 8;

/** How often a text is decoded: JSON in JSON in a URL is read in three steps. */
const steps = 4;

const mask = "[secret]";

/**
 * The text with every secret masked, and every part of a secret of 8 characters or more: as the secret is, and as it is
 * written in a URL, in JSON, in HTML, by Python's `repr`, in quotes of a shell or of SQL, in base64, and in one of these in
 * another. The text is decoded for that, and not the secret encoded, since nobody knows all forms.
 *
 * @param clear Words that anybody may read. Where a part of a secret is exactly such a word, as `shop_user` is of
 *   `shop_user_secret`, the part is not masked. A whole secret always is. Default: none.
 */
export function withoutSecrets(
  text: string,
  secrets: readonly string[],
  clear: readonly string[] = [],
): string {
  const wanted = { ...wantedOf(secrets), clear: new Set(clear.map((word) => withBlanks(bytesOf(word)))) };
  if (wanted.whole.length === 0) return text;
  const bytes = bytesOf(text);
  const ranges: Range[] = [];
  let view: View | undefined = { text: bytes, starts: [], ends: [] };
  for (let step = 0; view !== undefined && step <= steps; step += 1) {
    ranges.push(...rangesIn(view, wanted), ...base64In(view, wanted));
    view = decoded(view);
  }
  return masked(bytes, ranges);
}

/** Half open, in bytes of the text. */
type Range = readonly [start: number, end: number];

/** What is looked for, in bytes, with a blank for a `+`, as in a URL's query. */
interface Wanted {
  /** Whole secrets, longest first. */
  readonly whole: readonly string[];
  /** Every part of the shortest length. */
  readonly parts: ReadonlySet<string>;
  /** Parts that are not looked for. */
  readonly clear: ReadonlySet<string>;
}

/** A secret may have what looks like an escape itself: it is looked for as it is, and as a decoded text has it. */
function wantedOf(secrets: readonly string[]): Omit<Wanted, "clear"> {
  const forms = new Set<string>();
  for (const secret of secrets.flatMap((given) => [given, given.trim()])) {
    let view: View | undefined = { text: bytesOf(secret), starts: [], ends: [] };
    for (let step = 0; view !== undefined && step <= steps; step += 1) {
      forms.add(withBlanks(view.text));
      view = decoded(view);
    }
  }
  forms.delete("");
  const whole = [...forms].sort((one, other) => other.length - one.length);
  const parts = new Set<string>();
  for (const form of whole) {
    for (let start = 0; start + shortestPart <= form.length; start += 1) {
      const part = form.slice(start, start + shortestPart);
      // A line of a frame, or a gap, tells nothing.
      if (new Set(part).size > 1) parts.add(part);
    }
  }
  return { whole, parts };
}

/** A decoded text, a character a byte, with where each byte came from; no places where nothing was decoded. */
interface View {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

function rangesIn(view: View, { whole, parts, clear }: Wanted): Range[] {
  const text = withBlanks(view.text);
  const from = (start: number, end: number): Range => [
    view.starts[start] ?? start,
    view.ends[end - 1] ?? end,
  ];
  const found: Range[] = [];
  for (const secret of whole) {
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length))
      found.push(from(at, at + secret.length));
  }
  for (let start = 0; start + shortestPart <= text.length; start += 1) {
    if (!parts.has(text.slice(start, start + shortestPart))) continue;
    let end = start + shortestPart;
    while (end < text.length && parts.has(text.slice(end + 1 - shortestPart, end + 1))) end += 1;
    // The line break behind a part is the log's.
    const part = text.slice(start, end);
    const blanks = part.length - part.trimStart().length;
    if (!clear.has(part.trim())) found.push(from(start + blanks, start + part.trimEnd().length));
    start = end - shortestPart;
  }
  return found;
}

/**
 * Texts in base64 that hold a secret, each as a whole. What stands before the secret, such as a user's name, moves its
 * letters, and what stands before the text may look like base64 too: so each of four beginnings is decoded.
 */
function base64In(view: View, wanted: Wanted): Range[] {
  // Of shorter secrets, chance makes too many.
  const sought = { ...wanted, whole: wanted.whole.filter(({ length }) => length >= 4) };
  return [...view.text.matchAll(/[A-Za-z0-9+/_-]{4,}={0,2}/g)].flatMap(({ 0: run, index }) => {
    const holds = [0, 1, 2, 3].some((skipped) => {
      const text = Buffer.from(run.slice(skipped), "base64").toString("latin1");
      return rangesIn({ text, starts: [], ends: [] }, sought).length > 0;
    });
    if (holds)
      return [
        [view.starts[index] ?? index, view.ends[index + run.length - 1] ?? index + run.length] as const,
      ];
    return wanted.whole
      .map((secret) => Buffer.from(secret, "latin1").toString("base64"))
      .filter((form) => run === form)
      .map((): Range => [
        view.starts[index] ?? index,
        view.ends[index + run.length - 1] ?? index + run.length,
      ]);
  });
}

/** Every escape of the ways of writing above. */
const escape = new RegExp(
  [
    "%([0-9a-fA-F]{2})",
    "\\\\u([dD][89abAB][0-9a-fA-F]{2})\\\\u([dD][c-fC-F][0-9a-fA-F]{2})",
    "\\\\(?:u|U0000)([0-9a-fA-F]{4})",
    "\\\\U([0-9a-fA-F]{8})",
    "\\\\x([0-9a-fA-F]{2})",
    `'(?:\\\\'|"'")'`,
    "\\\\([^A-Za-z0-9]|[abfnrtv0])",
    "&#(\\d{1,7});",
    "&#[xX]([0-9a-fA-F]{1,6});",
    "&(amp|lt|gt|quot|apos);",
    `''|""`,
  ].join("|"),
  "g",
);

const letters: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  0: "\0",
};
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text with every escape read once; `undefined` for a text without any. */
function decoded({ text, starts, ends }: View): View | undefined {
  const parts: string[] = [];
  const [newStarts, newEnds]: [number[], number[]] = [[], []];
  let at = 0;
  const copy = (until: number) => {
    parts.push(text.slice(at, until));
    for (; at < until; at += 1) {
      newStarts.push(starts[at] ?? at);
      newEnds.push(ends[at] ?? at + 1);
    }
  };
  for (const match of text.matchAll(escape)) {
    const { 0: written, index } = match;
    copy(index);
    const meant = meaningOf(match);
    parts.push(meant);
    at = index + written.length;
    for (let byte = 0; byte < meant.length; byte += 1) {
      newStarts.push(starts[index] ?? index);
      newEnds.push(ends[at - 1] ?? at);
    }
  }
  if (at === 0) return undefined;
  copy(text.length);
  return { text: parts.join(""), starts: newStarts, ends: newEnds };
}

function meaningOf([
  written,
  percent,
  high,
  low,
  unit,
  point,
  byte,
  plain,
  decimal,
  hex,
  entity,
]: RegExpExecArray) {
  const code = percent ?? byte;
  if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
  if (high !== undefined && low !== undefined)
    return bytesOf(String.fromCharCode(parseInt(high, 16), parseInt(low, 16)));
  const number = unit ?? point ?? hex;
  if (number !== undefined) return characterOf(parseInt(number, 16), written);
  if (decimal !== undefined) return characterOf(Number(decimal), written);
  if (plain !== undefined) return letters[plain] ?? plain;
  if (entity !== undefined) return entities[entity] ?? written;
  return written.startsWith('"') ? '"' : "'";
}

function characterOf(code: number, written: string): string {
  return code <= 0x10ffff ? bytesOf(String.fromCodePoint(code)) : written;
}

/** UTF-8, a character a byte: what stands in a URL, or in base64, are bytes. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function withBlanks(text: string): string {
  return text.replaceAll("+", " ");
}

function masked(bytes: string, ranges: readonly Range[]): string {
  let text = "";
  let at = 0;
  let last = -1;
  const sorted = ranges.toSorted(([one], [other]) => one - other);
  for (const range of sorted) {
    const [start, end] = wholeCharacters(bytes, range);
    if (end <= at) continue;
    // What touches is one secret.
    if (start > last) text += bytes.slice(at, start) + mask;
    at = end;
    last = end;
  }
  return Buffer.from(text + bytes.slice(at), "latin1").toString();
}

/** No part of a character stays behind. */
function wholeCharacters(bytes: string, [start, end]: Range): Range {
  const continues = (at: number) => (bytes.charCodeAt(at) & 0xc0) === 0x80;
  let [first, last] = [start, end];
  while (first > 0 && continues(first)) first -= 1;
  while (last < bytes.length && continues(last)) last += 1;
  return [first, last];
}
