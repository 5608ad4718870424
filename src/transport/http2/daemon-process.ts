import { requestOf } from "../../codec/encoded-request.js";
import { type DaemonProcess, serverResponse } from "../../codec/responses.js";
import { withOwnCall } from "../../rpc/call.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Invoker, ServerChange } from "../../rpc/invoker.js";
import { SERVER } from "../../rpc/method.js";
import type { Request } from "../../rpc/request.js";
import type { Clock } from "../../util/clock.js";
import { outsideCalls } from "../../util/outside-calls.js";
import { needsOwnSession } from "./own-session.js";
import type { Session } from "./session.js";

const TIMEOUT_MS = 1_000;

/** What a server that has no Introspection service says about itself. */
const NAMELESS: DaemonProcess = { uuid: "", pid: 0, pidNamespace: 0 };

/** Finds out which process is at the other end of each session of a channel. */
export class DaemonProcesses {
  readonly #invokerOn: (session: Session) => Invoker;
  readonly #clock: Clock;
  /** Whether one of them has said which process it is. */
  #hasLearnt = false;

  constructor(invokerOn: (session: Session) => Invoker, clock: Clock) {
    this.#invokerOn = invokerOn;
    this.#clock = clock;
  }

  /**
   * The process at the other end. It is asked once for each session, and early: after the connection is lost, nothing
   * shows which process was there.
   */
  at(session: Session): Promise<DaemonProcess> {
    session.daemon ??= outsideCalls(() => askDaemonProcess(this.#invokerOn(session), this.#clock));
    return session.daemon;
  }

  /**
   * Asks on account of a write that was sent on this session, and whose `response` is awaited: only a lost write needs
   * to know whether its daemon is gone.
   *
   * It asks after the first write, because more are likely to follow. None follows a request with a session of its own,
   * so then it does not ask. But behind a port or a function that dials, it is too late to ask when this first write is
   * lost. So there it asks together with the write, if the session is its own, or if it has asked before.
   */
  learn(session: Session, request: Request, response: Promise<unknown>): void {
    const ask = async () => {
      await this.at(session);
      this.#hasLearnt = true;
    };
    const isAlone = needsOwnSession(request);
    const isEarly = !session.reachesOneDaemon && (this.#hasLearnt || isAlone);
    if (isEarly) ask().catch(ignore);
    else if (!isAlone) response.then(ask).catch(ignore);
  }
}

function ignore(): void {}

/** Asks the process at the other end. */
export async function askDaemonProcess(invoker: Invoker, clock: Clock): Promise<DaemonProcess> {
  try {
    return await withOwnCall({ method: SERVER.name, timeoutMs: TIMEOUT_MS }, clock, (call) =>
      invoker.unary(requestOf(SERVER), call, serverResponse),
    );
  } catch (error) {
    if (error instanceof RpcFailure && error.code === "unimplemented") return NAMELESS;
    throw error;
  }
}

/**
 * Compares the processes that responded before and after a connection was lost. Only one process at a time can have a
 * data folder open, so another process with the same folder shows that the first one is gone. The same pid proves
 * nothing: a restarted daemon in a container often has the same pid.
 */
export function compareProcesses(before: DaemonProcess, after: DaemonProcess): ServerChange {
  if (before.uuid === "" || after.uuid === "") return "unknown";
  if (before.uuid !== after.uuid) return "other-server";
  const isOther = before.pid !== after.pid || before.pidNamespace !== after.pidNamespace;
  return before.pid !== 0 && after.pid !== 0 && isOther ? "restarted" : "unknown";
}
