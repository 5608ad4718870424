import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalClientRequest, UniversalClientResponse } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-grpc";
import { inNextTurn, nextTurn } from "../../util/next-turn.js";
import type { InMemoryTransport } from "../in-memory-transport.js";
import { Disconnect, Status, statusTrailers } from "../status.js";
import type { Connections } from "./connections.js";
import type { Dispatch } from "./dispatch.js";
import { frame } from "./framing.js";

const CONTENT_TYPE = { "content-type": "application/grpc+proto" };
const UNLIMITED = 0xffffffff;

/** After so many calls in one turn of the event loop, timers get a turn: a loop of calls would never let one run. */
const CALLS_PER_TURN = 100;

/** Connect's own gRPC client, with the service in the place of the network. */
export function inProcessTransport(dispatch: Dispatch, connections: Connections): InMemoryTransport {
  let callsInTurn = 0;
  const countCall = () => {
    if (callsInTurn === 0)
      inNextTurn(() => {
        callsInTurn = 0;
      });
    callsInTurn += 1;
  };
  return createTransport({
    httpClient: (request) => {
      const response = () => exchange(request, dispatch, connections);
      countCall();
      return callsInTurn > CALLS_PER_TURN ? nextTurn().then(response) : response();
    },
    baseUrl: "http://in-memory",
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: UNLIMITED,
    readMaxBytes: UNLIMITED,
    writeMaxBytes: UNLIMITED,
  });
}

/** One call with its own connection. As over a network, the headers of the response arrive with the first message. */
async function exchange(
  request: UniversalClientRequest,
  dispatch: Dispatch,
  connections: Connections,
): Promise<UniversalClientResponse> {
  const broken = new AbortController();
  const forget = connections.add(() => broken.abort(brokenConnection()));
  const signal = AbortSignal.any([broken.signal, ...(request.signal === undefined ? [] : [request.signal])]);
  const messages = dispatch({
    path: new URL(request.url).pathname,
    header: (name) => request.header.get(name) ?? undefined,
    body: request.body ?? nothing(),
    signal,
  });
  try {
    return await respond(() => untilAborted(messages.next(), signal), forget);
  } catch (error) {
    forget();
    if (error instanceof Status) return trailersOnly(error);
    throw endOf(error, connections);
  }
}

type NextMessage = () => Promise<IteratorResult<Uint8Array>>;

async function respond(next: NextMessage, forget: () => void): Promise<UniversalClientResponse> {
  const first = await next();
  const trailer = new Headers();
  return { status: 200, header: new Headers(CONTENT_TYPE), body: body(first, next, trailer, forget), trailer };
}

async function* body(
  first: IteratorResult<Uint8Array>,
  next: NextMessage,
  trailer: Headers,
  forget: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    for (let result = first; result.done !== true; result = await next()) yield frame(result.value);
    setAll(trailer, statusTrailers());
  } catch (error) {
    if (!(error instanceof Status)) throw error;
    setAll(trailer, statusTrailers(error));
  } finally {
    forget();
  }
}

function trailersOnly(status: Status): UniversalClientResponse {
  const header = new Headers({ ...CONTENT_TYPE, ...statusTrailers(status) });
  return { status: 200, header, body: nothing(), trailer: new Headers() };
}

function endOf(error: unknown, connections: Connections): unknown {
  if (!(error instanceof Disconnect)) return error;
  if (error.scope === "daemon") connections.breakAll();
  return error.scope === "call" ? new ConnectError("the stream was reset", Code.Canceled) : brokenConnection();
}

// The error with which the transport of connect-node reports a connection that the peer has reset.
function brokenConnection(): ConnectError {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", errno: -104, syscall: "read" });
  return new ConnectError(cause.message, Code.Aborted, undefined, undefined, cause);
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function setAll(headers: Headers, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) headers.set(name, value);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
