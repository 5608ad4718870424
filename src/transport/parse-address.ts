import type { TlsOptions } from "../options.js";
import { type AddressEndpoint, isTooLongForSocket, MAX_SOCKET_PATH_BYTES } from "./endpoint.js";

/** `host:port`, which programs other than gRPC's take without a scheme. */
const HOST_AND_PORT = /^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\]):\d{1,5}$/i;

/** Parses an address; throws a plain Error that says which rule it breaks. */
export function parseAddress(address: string, tls: TlsOptions | undefined): AddressEndpoint {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme === "http" || scheme === "https") return urlEndpoint(address, scheme, tls);
  if (HOST_AND_PORT.test(address)) throw new Error(`has no scheme: write "http://${address}", or https:// for TLS`);
  if (tls !== undefined) throw new Error("takes an https:// address when tls is given");
  if (scheme === undefined) return socketEndpoint(address);
  if (scheme === "unix") return socketEndpoint(address.slice("unix:".length).replace(/^\/\//, ""));
  throw new Error(`has the unknown scheme "${scheme}"; a socket path, unix:///path, http:// and https:// are known`);
}

function socketEndpoint(path: string): AddressEndpoint {
  if (!path.startsWith("/"))
    throw new Error('must be an absolute socket path, for example "/run/containerd/containerd.sock"');
  if (path.includes("\0")) throw new Error("must not contain a NUL character");
  if (!path.isWellFormed()) throw new Error("must not contain a lone surrogate");
  if (isTooLongForSocket(path)) {
    const bytes = Buffer.byteLength(path);
    throw new Error(`is a socket path of ${bytes} bytes; the operating system takes ${MAX_SOCKET_PATH_BYTES}`);
  }
  return { kind: "unix", path };
}

function urlEndpoint(address: string, scheme: "http" | "https", tls: TlsOptions | undefined): AddressEndpoint {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new Error("is not a valid URL");
  if (url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new Error("must be scheme, host and port only");
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? { http: 80, https: 443 }[scheme] : Number(url.port);
  if (port === 0) throw new Error("must have a port from 1 to 65535");
  if (scheme === "https") return { kind: "tls", host, port, tls: tls ?? {} };
  if (tls !== undefined) throw new Error("must be https:// when tls is given");
  return { kind: "tcp", host, port };
}
