import { Transform } from "node:stream";
import { frame } from "../../support/raw-cases/call.js";
import { Frames } from "./frames.js";

/** Lets events come late. */
export class LateEvents {
  /** How late those are that arrive from now on. */
  lateMs = 0;

  /** Passes the events of one stream on, with what `change` makes of each. */
  through(change: (event: Buffer) => Uint8Array): Transform {
    const frames = new Frames();
    const passage = new Transform({
      transform: (bytes: Buffer, _, done) => {
        for (const event of frames.take(bytes))
          this.#later(() => isOpen(passage) && passage.push(frame(change(event))));
        done();
      },
    });
    return passage;
  }

  #later(pass: () => void): void {
    if (this.lateMs === 0) pass();
    else setTimeout(pass, this.lateMs).unref();
  }
}

function isOpen(stream: Transform): boolean {
  return !stream.writableEnded && !stream.destroyed;
}
