import type { Call } from "../calls.js";
import type { Fault, FaultQueue } from "../faults.js";
import type { Profile } from "../profile.js";
import type { AcceptedCall, CallContext, Rpc } from "../services/rpc.js";
import { Disconnect, Status } from "../status.js";
import { formatWithoutArguments, quote } from "../store/go-format.js";
import { textOf } from "../store/utf8.js";
import { encodingOf, readMessage } from "./framing.js";
import { timeoutMsOf } from "./timeout-header.js";

/** A call as a transport passes it on. */
export interface IncomingCall {
  /** `/service/Method`. */
  readonly path: string;
  /** The first value of a header, as it was received. */
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** Processes calls, and yields the response. Throws a {@link Status} or a {@link Disconnect} if a call fails. */
export type Dispatch = (incoming: IncomingCall) => AsyncGenerator<Uint8Array>;

/** What a dispatcher needs. */
interface DispatchOptions {
  readonly profile: Profile;
  readonly rpcs: readonly Rpc[];
  readonly faults: FaultQueue;
  readonly onCall: (call: Call) => void;
  readonly onCrash: (call: Call) => void;
}

/**
 * Makes the dispatcher between transports and services: it decodes and records requests, applies faults, and encodes
 * statuses.
 */
export function createDispatch({ profile, rpcs, faults, onCall, onCrash }: DispatchOptions): Dispatch {
  const byPath = new Map(rpcs.map((rpc) => [rpc.path, rpc]));

  return async function* dispatch(incoming) {
    try {
      const accepted = await accept(incoming);
      onCall(accepted.call);
      yield* respond(accepted, incoming.signal);
    } catch (error) {
      throw asSent(error, profile);
    }
  };

  async function accept(incoming: IncomingCall): Promise<AcceptedCall> {
    const context = contextOf(incoming);
    const rpc = byPath.get(incoming.path);
    if (rpc === undefined) throw unimplemented(incoming.path, rpcs);
    const encoding = encodingOf(incoming.header("grpc-encoding"), profile.gzip);
    const request = await readMessage(incoming.body, encoding);
    return rpc.accept(request, context, profile);
  }

  async function* respond(accepted: AcceptedCall, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const fault = faults.take(accepted.call.method);
    await happenBefore(fault, signal);
    try {
      for await (const message of accepted.respond()) {
        if (fault === "drop-after-commit") throw new Disconnect("connection");
        yield message;
      }
    } catch (error) {
      if (error instanceof Disconnect && error.scope === "daemon") onCrash(accepted.call);
      throw fault === "drop-after-commit" && error instanceof Status ? new Disconnect("connection") : error;
    }
  }
}

async function happenBefore(fault: Fault | undefined, signal: AbortSignal): Promise<void> {
  if (fault === undefined || fault === "drop-after-commit") return;
  if (fault === "drop-before") throw new Disconnect("connection");
  if (typeof fault === "string") throw new Status(fault, `failNext: ${fault}`);
  await delay(fault.delayMs, signal);
}

// If nobody waits for the call any more, it must not keep the process alive.
function delay(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    if (signal.aborted) timer.unref();
    else signal.addEventListener("abort", () => timer.unref(), { once: true });
  });
}

function contextOf({ header, signal }: IncomingCall): CallContext {
  return {
    namespace: headerText(header("containerd-namespace")),
    lease: headerText(header("containerd-lease")),
    signal,
    timeoutMs: timeoutMsOf(header("grpc-timeout")),
  };
}

// Headers come as one character for each byte.
function headerText(header: string | undefined): string | undefined {
  return header === undefined ? undefined : textOf(Buffer.from(header, "latin1"));
}

function unimplemented(path: string, rpcs: readonly Rpc[]): Status {
  const [, service = "", method = ""] = /^\/(.*)\/([^/]*)$/.exec(path) ?? [];
  if (service === "") return new Status("unimplemented", `malformed method name: ${quote(path)}`);
  const isKnown = rpcs.some((rpc) => rpc.path.startsWith(`/${service}/`));
  return new Status(
    "unimplemented",
    isKnown ? `unknown method ${method} for service ${service}` : `unknown service ${service}`,
  );
}

// Errors without a class and errors of gRPC itself do not pass through containerd's formatting.
const NEVER_MANGLED: ReadonlySet<string> = new Set(["unknown", "internal", "unimplemented", "resource_exhausted"]);

function asSent(error: unknown, { manglesPercent }: Profile): Status | Disconnect {
  if (error instanceof Disconnect) return error;
  if (!(error instanceof Status)) return new Status("internal", String(error));
  if (!manglesPercent || NEVER_MANGLED.has(error.code)) return error;
  return new Status(error.code, formatWithoutArguments(error.message));
}
