import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { Case } from "../cases/case.ts";
import { follow, whyNoBrowser, withPage } from "../fixture/browser.ts";
import { environment } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

test(
  "status --open shows a stack as it changes, and changes nothing itself",
  { skip: whyNoBrowser },
  async () => {
    const project = await Case.create("status-page", {
      environment: { PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own" },
    });
    const { stack } = project;
    try {
      await stack.pulumi("config", "set", "--secret", "dbPassword", "correct-horse-battery");
      await stack.recover();
      const child = spawn("pulumi-compose", ["status", "--open", ...stack.options], {
        cwd: directory,
        env: { ...environment(), ...stack.environment, DISPLAY: "", WAYLAND_DISPLAY: "" },
      });
      try {
        let printed = "";
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding("utf8").on("data", (part: string) => (printed += part));
        const address = await until("the address", () => {
          if (child.exitCode !== null) throw new Error(printed);
          return Promise.resolve(/http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//.exec(printed)?.[0]);
        });
        await withPage(async (page) => {
          const { errors, text, shows } = await follow(page, address);
          await shows("all is well", /all is well/);
          await shows("the log", /the shop is open/);
          const shown = await text();
          assert.match(shown, new RegExp(`${stack.project}, stack ${stack.name}`));
          assert.match(shown, /web\n?running, healthy/);
          assert.match(shown, /revision [0-9a-f]{12}/);
          assert.match(shown, /the password is \[secret\]/);
          assert.match(shown, /<b>markup<\/b>/, "what a container prints is text");
          assert.doesNotMatch(await page.content(), /correct-horse/);
          assert.equal(await page.evaluate('document.querySelectorAll("#topology path").length'), 1);
          await docker("stop", `${stack.project}-db-1`);
          await shows(
            "the problem",
            /1 problem[\s\S]*db-1 is not healthy|1 problem[\s\S]*db-1 (?:exited|was stopped)/,
          );
          const screenshots = process.env.SCREENSHOTS;
          if (screenshots !== undefined)
            await writeFile(join(screenshots, "status.png"), await page.screenshot({ fullPage: true }));
          await docker("start", `${stack.project}-db-1`);
          await shows("that all is well again", /all is well/);
          assert.deepEqual(errors, []);
        });
        const { origin, pathname, port } = new URL(address);
        const answers = [
          await statusOf(address, {}),
          await statusOf(address, { method: "POST" }),
          await statusOf(address, { host: "example.org" }),
          await statusOf(`${origin}/`, {}),
          await statusOf(`${origin}${pathname}other`, { host: `127.0.0.1:${port}` }),
        ];
        assert.deepEqual(answers, [200, 404, 404, 404, 404]);
      } finally {
        child.kill();
      }
    } finally {
      await project.remove();
    }
  },
);

/** The code of the answer. */
function statusOf(
  address: string,
  { method = "GET", host }: { readonly method?: string; readonly host?: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    get(address, { method, ...(host === undefined ? {} : { headers: { host } }) }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}
