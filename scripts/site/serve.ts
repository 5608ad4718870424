import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Serves the files of a folder to this machine. From `file:` URLs a browser would not show the icons. */
export async function serve(folder: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    const content = await readFile(join(folder, path)).catch(() => undefined);
    if (content === undefined) response.writeHead(404);
    else response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain; charset=utf-8");
    response.end(content);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
