import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pageText } from "./page-text.ts";

/** A page that is served to the person at this machine alone. */
export interface PageServer {
  readonly address: string;
  /** Whether a browser shows the page at present. */
  isShown(): boolean;
  /** Sends what is to be shown to every browser that shows the page, and to those that come later. */
  show(document: object): void;
}

/**
 * Serves the page on 127.0.0.1. Only who knows its address is answered: other users of the machine reach the port too, and
 * so does any page in the browser, under another host name.
 */
export async function servePage(): Promise<PageServer> {
  const folder = `/${randomBytes(16).toString("hex")}/`;
  const browsers = new Set<ServerResponse>();
  let shown: string | undefined;
  const server = createServer((request, response) => {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const path = request.method === "GET" && request.headers.host === host ? request.url : undefined;
    if (path === folder) answerPage(response);
    else if (path === `${folder}events`) follow(request, response);
    else response.writeHead(404).end();
  });
  function follow(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    browsers.add(response);
    request.once("close", () => browsers.delete(response));
    if (shown !== undefined) response.write(shown);
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`,
    isShown: () => browsers.size > 0,
    show(document) {
      shown = `data: ${JSON.stringify(document)}\n\n`;
      for (const browser of browsers) browser.write(shown);
    },
  };
}

function answerPage(response: ServerResponse): void {
  const nonce = randomBytes(16).toString("hex");
  response
    .writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy":
        `default-src 'none'; connect-src 'self'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    })
    .end(pageText(nonce));
}
