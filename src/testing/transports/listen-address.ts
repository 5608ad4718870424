import type { LocalEndpoint } from "../../transport/endpoint.js";
import { checkSocketPath, type Platform, parseFileless } from "../../transport/local-address.js";
import { messageOf } from "../../util/message-of.js";

/** Where a server listens. */
export type ListenAddress = { readonly endpoint: LocalEndpoint } | { readonly host: string; readonly port: number };

/**
 * Parses `unix:///path`, a path, an abstract socket of Linux, a pipe of Windows, or `host:port`; throws a RangeError
 * for anything else.
 */
export function parseListenAddress(address: string, platform: Platform = process.platform): ListenAddress {
  const endpoint = checked(address, () => parseFileless(address, platform));
  if (endpoint !== undefined) return { endpoint };
  const tcp = /^(?:http:\/\/)?(\[[^\]]+\]|[^/:]+):(\d{1,5})\/?$/.exec(address);
  if (tcp !== null) return tcpAddress(address, tcp[1] ?? "", Number(tcp[2]));
  if (platform === "win32") throw invalid(address, 'must be "npipe:////./pipe/name" or "host:port" on Windows');
  const path = address.replace(/^unix:(\/\/)?/, "");
  if (!path.startsWith("/")) throw invalid(address, 'must be "unix:///path", an absolute path or "host:port"');
  checked(address, () => checkSocketPath(path, platform));
  return { endpoint: { kind: "unix", path } };
}

function checked<T>(address: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw invalid(address, messageOf(error));
  }
}

function tcpAddress(address: string, host: string, port: number): ListenAddress {
  if (port > 65_535) throw invalid(address, "must name a port of at most 65535");
  return { host: host.replace(/^\[|\]$/g, "").replace("%25", "%"), port };
}

function invalid(address: string, rule: string): RangeError {
  return new RangeError(`address ${rule}: ${JSON.stringify(address)}`);
}
