import { IDLE_TIMEOUT_MS } from "../../defaults.js";
import type { Clock } from "../../util/clock.js";
import type { Session } from "./session.js";

/** Retires the session once no call has used it for {@link IDLE_TIMEOUT_MS}. The result stops the timer. */
export function retireWhenIdle(session: Session, clock: Clock): () => void {
  let idleSince = clock.now();
  session.onIdle(() => {
    idleSince = clock.now();
  });
  const check = () => {
    const leftMs = session.idle ? idleSince + IDLE_TIMEOUT_MS - clock.now() : IDLE_TIMEOUT_MS;
    if (leftMs <= 0) session.retire();
    else stop = clock.after(leftMs, check, false);
  };
  let stop = clock.after(IDLE_TIMEOUT_MS, check, false);
  return () => stop();
}
