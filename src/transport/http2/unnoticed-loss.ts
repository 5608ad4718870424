import type { Clock } from "../../util/clock.js";
import { isConnectedTls } from "../open/open-socket.js";
import type { Session } from "./session.js";

const CHECK_INTERVAL_MS = 250;

/**
 * Ends a session over TLS whose connection is lost, if Node does not notice it. The result stops the checks.
 *
 * After a write to a lost connection has failed, Node 20 to 24 never completes the next write, and reads nothing before
 * that is complete. If the next write comes before Node has read that the connection is lost, it never reads it, and
 * all calls wait for their deadlines. See https://github.com/nodejs/node/issues/50884.
 */
export function endWhenLost(session: Pick<Session, "stream" | "lose">, clock: Clock): () => void {
  const { stream } = session;
  if (!isConnectedTls(stream)) return () => {};
  /** How many bytes had been read when a check found the connection lost for the first time. */
  let bytesReadOfLost: number | undefined;
  const check = () => {
    const bytesRead = isConnectedTls(stream) ? undefined : stream.bytesRead;
    // Bytes that had arrived before the loss may be read until the next check.
    if (bytesRead !== undefined && bytesRead === bytesReadOfLost)
      session.lose(new Error("the socket is not connected any more"));
    else stop = clock.after(CHECK_INTERVAL_MS, check, false);
    bytesReadOfLost = bytesRead;
  };
  let stop = clock.after(CHECK_INTERVAL_MS, check, false);
  return () => stop();
}
