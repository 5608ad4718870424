import { isTooLongForSocket, MAX_SOCKET_PATH_BYTES } from "../../transport/endpoint.js";

/** Where a server listens. */
export type ListenAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** Parses `unix:///path`, a path, or `host:port`; throws a RangeError for anything else. */
export function parseListenAddress(address: string): ListenAddress {
  const tcp = /^(?:http:\/\/)?(\[[^\]]+\]|[^/:]+):(\d{1,5})\/?$/.exec(address);
  if (tcp !== null) return tcpAddress(address, tcp[1] ?? "", Number(tcp[2]));
  const path = address.replace(/^unix:(\/\/)?/, "");
  if (!path.startsWith("/")) throw invalid(address, 'must be "unix:///path", an absolute path or "host:port"');
  if (isTooLongForSocket(path)) {
    const bytes = Buffer.byteLength(path);
    throw invalid(address, `must be a path of at most ${MAX_SOCKET_PATH_BYTES} bytes; this one has ${bytes}`);
  }
  return { path };
}

function tcpAddress(address: string, host: string, port: number): ListenAddress {
  if (port > 65_535) throw invalid(address, "must name a port of at most 65535");
  return { host: host.replace(/^\[|\]$/g, ""), port };
}

function invalid(address: string, rule: string): RangeError {
  return new RangeError(`address ${rule}: ${JSON.stringify(address)}`);
}
