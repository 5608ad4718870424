import { IDLE_TIMEOUT_MS } from "../../defaults.js";
import type { Clock } from "../../util/clock.js";
import type { Session } from "./session.js";

/** Retires the session once nobody has used it for {@link IDLE_TIMEOUT_MS}; the result stops watching it. */
export function retireWhenIdle(session: Session, clock: Clock): () => void {
  let idleSince = clock.now();
  session.onIdle(() => {
    idleSince = clock.now();
  });
  const look = () => {
    const leftMs = session.idle ? idleSince + IDLE_TIMEOUT_MS - clock.now() : IDLE_TIMEOUT_MS;
    if (leftMs <= 0) session.retire();
    else stop = clock.after(leftMs, look, false);
  };
  let stop = clock.after(IDLE_TIMEOUT_MS, look, false);
  return () => stop();
}
