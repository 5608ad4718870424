import type { Clock } from "../../util/clock.js";
import type { Session } from "./session.js";

/**
 * How long a connection without calls and streams stays open. Long enough that occasional calls find
 * one (a new one takes a millisecond); short enough that clients which are dropped without `close` do not pile up.
 */
export const IDLE_MS = 5 * 60_000;

/** Retires the session once nobody has used it for {@link IDLE_MS}; the result stops watching it. */
export function retireWhenIdle(session: Session, clock: Clock): () => void {
  let idleSince = clock.now();
  session.onIdle(() => {
    idleSince = clock.now();
  });
  const look = () => {
    const leftMs = session.idle ? idleSince + IDLE_MS - clock.now() : IDLE_MS;
    if (leftMs <= 0) session.retire();
    else stop = clock.after(leftMs, look, false);
  };
  let stop = clock.after(IDLE_MS, look, false);
  return () => stop();
}
