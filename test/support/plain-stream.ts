import type { Socket } from "node:net";
import { type Duplex, duplexPair } from "node:stream";

/** A stream in memory, without `ref`, `unref` and `bytesRead`, that leads to the socket. */
export function plainStream(socket: Socket): Duplex {
  const [near, far] = duplexPair();
  far.pipe(socket).pipe(far);
  socket.on("error", (error) => near.destroy(error)).on("close", () => near.destroy());
  near.on("close", () => socket.destroy());
  return near;
}
