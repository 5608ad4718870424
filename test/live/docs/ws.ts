import { EventEmitter } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Stands for the class of the npm package `ws`, which is not installed here: it leads to the daemon of the test. */
export class WebSocket extends EventEmitter {
  readonly stream: Socket;

  constructor(_url: string) {
    super();
    this.stream = connect(process.env["CONTAINERD_ADDRESS"] ?? "");
    this.stream.once("connect", () => this.emit("open"));
  }
}

/** Stands for the function of `ws`. */
export function createWebSocketStream({ stream }: WebSocket): Duplex {
  return stream;
}
