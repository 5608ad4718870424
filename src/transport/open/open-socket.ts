import type { Socket } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { net, tls } from "../../util/node-modules.js";
import { type AddressEndpoint, type Endpoint, mustAgreeToHttp2, pathOf, type Tls } from "../endpoint.js";
import type { ByteStream } from "./byte-stream.js";
import { secureContext } from "./secure-context.js";

/**
 * Starts to connect; `opened` runs once bytes can flow, after the handshake for TLS. Throws at once for certificates
 * that cannot be read; every later problem is the socket's `error` event.
 */
export function openSocket(endpoint: AddressEndpoint, opened: (socket: Socket) => void): Socket {
  switch (endpoint.kind) {
    case "unix":
    case "abstract":
    case "pipe": {
      const socket = net().connect({ path: pathOf(endpoint) });
      return socket.once("connect", () => opened(socket));
    }
    case "tcp": {
      const socket = net().connect({ host: endpoint.host, port: endpoint.port });
      return socket.once("connect", () => opened(socket));
    }
    case "tls": {
      const socket = tls().connect(tlsOptions(endpoint.host, endpoint.port, endpoint.tls));
      return socket.once("secureConnect", () => opened(socket));
    }
  }
}

/** Runs `opened` once bytes can flow, after the handshake for TLS. */
export function onceOpen(stream: ByteStream, opened: () => void): void {
  if (stream instanceof tls().TLSSocket && isInHandshake(stream)) stream.once("secureConnect", opened);
  else if (stream.connecting === true) stream.once("connect", opened);
  else opened();
}

/** Whether the peer can speak HTTP/2. Without TLS there is nothing to agree on. */
export function speaksHttp2(stream: ByteStream, endpoint: Endpoint): boolean {
  if (!(stream instanceof tls().TLSSocket)) return true;
  const protocol = stream.alpnProtocol;
  return protocol === "h2" || (typeof protocol !== "string" && !mustAgreeToHttp2(endpoint));
}

/**
 * Whether it is a TLS socket that the system knows to be connected. Never in Bun, nor for TLS over a stream that is no
 * socket. The public `remotePort` would not do: it remembers the port of a lost connection.
 */
export function isConnectedTls(stream: ByteStream): boolean {
  if (!(stream instanceof tls().TLSSocket)) return false;
  const handle = Reflect.get(stream, "_handle") as { getpeername?(into: object): number } | null | undefined;
  return handle?.getpeername?.({}) === 0;
}

// Node sets `alpnProtocol` at the end of the handshake, to `false` if the two agreed on nothing.
function isInHandshake({ alpnProtocol, connecting }: TLSSocket): boolean {
  return connecting || alpnProtocol === null;
}

function tlsOptions(host: string, port: number, { ca, cert, key, servername }: Tls): ConnectionOptions {
  const name = servername ?? (net().isIP(host) === 0 ? host : undefined);
  const pem = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  return {
    host,
    port,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: true, // whatever the variable NODE_TLS_REJECT_UNAUTHORIZED says
    ...(name !== undefined && { servername: name }),
    ...pem, // for runtimes that do not use the context
    secureContext: secureContext(pem),
  };
}
