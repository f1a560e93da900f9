// @ts-check
// Shows the preview in the run's summary, and as a comment on the pull request that is kept up to date.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const env = /** @type {Record<string, string>} */ (process.env);
const preview = written("comment.md");

/**
 * @typedef {object} PullRequest
 * @property {number} number
 * @property {{ repo: { full_name: string } | null }} head
 * @property {{ repo: { full_name: string } }} base
 */

if (preview.trim() === "") {
  console.log("There is no preview to show: the step before says why.");
} else {
  // By the first line the comment is known again.
  const mark = `<!-- pulumi-compose preview of ${env["STACK"] ?? ""} in ${env["FOLDER"] ?? ""} -->`;
  const text = `${mark}\n${preview}${written("stack.md")}`;
  appendFileSync(env["GITHUB_STEP_SUMMARY"] ?? "", `${text}\n`);
  /** @type {unknown} */
  const event = JSON.parse(readFileSync(env["GITHUB_EVENT_PATH"] ?? "", "utf8"));
  const { pull_request: pullRequest } = /** @type {{ pull_request?: PullRequest }} */ (event);
  if (pullRequest === undefined)
    console.log("This run is of no pull request: the preview is in the run's summary.");
  else if (pullRequest.head.repo?.full_name !== pullRequest.base.repo.full_name)
    console.log("A fork's token may not write comments: the preview is in the run's summary.");
  else await comment(pullRequest.number, mark, text);
}

/**
 * @param {string} name
 * @returns {string} what a step before has written, or nothing
 */
function written(name) {
  const file = join(env["RUNNER_TEMP"] ?? "", "preview", name);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/**
 * @param {number} number of the pull request
 * @param {string} mark
 * @param {string} text
 */
async function comment(number, mark, text) {
  const repository = `/repos/${env["GITHUB_REPOSITORY"] ?? ""}`;
  const earlier = await find(`${repository}/issues/${number}/comments?per_page=100`, mark);
  const answer =
    earlier === undefined
      ? await ask("POST", `${repository}/issues/${number}/comments`, { body: text })
      : await ask("PATCH", `${repository}/issues/comments/${earlier}`, { body: text });
  if (answer.ok) return;
  // The preview is in the summary: a token that may not write is no reason to fail.
  console.log(
    `::warning::GitHub did not take the comment (${answer.status}): does the job have the permission pull-requests: write?`,
  );
}

/**
 * @param {string} path of the first page of comments
 * @param {string} mark
 * @returns {Promise<number | undefined>} the comment of an earlier run
 */
async function find(path, mark) {
  for (let page = 1; ; page += 1) {
    const answer = await ask("GET", `${path}&page=${page}`);
    const comments = answer.ok ? /** @type {{ id: number, body?: string }[]} */ (await answer.json()) : [];
    const own = comments.find(({ body = "" }) => body.startsWith(mark));
    if (own !== undefined || comments.length === 0) return own?.id;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function ask(method, path, body) {
  return fetch(`${env["GITHUB_API_URL"] ?? ""}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${env["TOKEN"] ?? ""}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
