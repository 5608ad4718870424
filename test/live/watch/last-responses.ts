import { tracingChannel } from "node:diagnostics_channel";
import type { CallTrace, Image } from "../../../src/index.js";

/** What the clients of this process last received, in one namespace. */
export class LastResponses {
  /** The images of the last list. */
  listed: readonly Image[] = [];
  /** When a call of a method last succeeded, by `performance.now()`. */
  readonly at = new Map<string, number>();
  readonly #namespace: string;
  readonly #channel = tracingChannel("containerd-images:call");

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.#channel.asyncEnd.subscribe(this.#ended);
  }

  [Symbol.dispose](): void {
    this.#channel.asyncEnd.unsubscribe(this.#ended);
  }

  readonly #ended = (message: unknown): void => {
    // What the library publishes on its channel, with the result that Node adds.
    const { method, namespace, code, result } = message as CallTrace & { readonly result: unknown };
    if (namespace !== this.#namespace || code !== "ok") return;
    this.at.set(method, performance.now());
    // A list gives an array of images; the same RPC through raw gives a message.
    if (method === "list" && Array.isArray(result)) this.listed = result as readonly Image[];
  };
}
