import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OciImage } from "./image.js";

interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** A registry that containerd pulls from, on a port of this machine, without TLS. */
export interface Registry {
  /** `127.0.0.1:port`, the domain of its images. */
  readonly host: string;
  /** Serves an image under `repository:tag` from now on, and gives the full name to pull. */
  push(name: string, image: OciImage): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a registry that only serves. containerd speaks plain HTTP with registries of its own machine.
 *
 * @example
 * await using registry = await startRegistry();
 * registry.push("app:1", ociImage("first")); // "127.0.0.1:41234/app:1"
 */
export async function startRegistry(): Promise<Registry> {
  const contents = new Map<string, Content>();
  const server = createServer((request, response) => serve(contents, request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  server.unref();
  const { port } = server.address() as AddressInfo; // of a server that listens on TCP
  const host = `127.0.0.1:${port}`;
  return {
    host,
    push: (name, image) => {
      for (const [path, content] of paths(name, image)) contents.set(path, content);
      return `${host}/${name}`;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function paths(name: string, { manifest, config, layer, blobs }: OciImage): readonly (readonly [string, Content])[] {
  const colon = name.lastIndexOf(":");
  const [repository, tag] = [name.slice(0, colon), name.slice(colon + 1)];
  const contentOf = ({ mediaType, digest }: { readonly mediaType: string; readonly digest: string }) => ({
    mediaType,
    digest,
    bytes: blobs.get(digest) ?? Buffer.alloc(0),
  });
  return [
    [`/v2/${repository}/manifests/${tag}`, contentOf(manifest)],
    [`/v2/${repository}/manifests/${manifest.digest}`, contentOf(manifest)],
    [`/v2/${repository}/blobs/${config.digest}`, contentOf(config)],
    [`/v2/${repository}/blobs/${layer.digest}`, contentOf(layer)],
  ];
}

function serve(contents: ReadonlyMap<string, Content>, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const content = contents.get(pathname);
  if (content === undefined) {
    response.writeHead(pathname === "/v2/" ? 200 : 404).end();
    return;
  }
  const { mediaType, digest, bytes } = content;
  response.writeHead(200, {
    "content-type": mediaType,
    "content-length": bytes.length,
    "docker-content-digest": digest,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
