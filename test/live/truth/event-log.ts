import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SubscribeRequestSchema } from "../../../gen/containerd/services/events/v1/events_pb.js";
import { ImageDeleteSchema } from "../../../gen/containerd/services/images/v1/events_pb.js";
import { EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import { frame } from "../../support/raw-cases/call.js";
import { Frames } from "./frames.js";
import type { Kind } from "./history.js";

const SUBSCRIBE = "/containerd.services.events.v1.Events/Subscribe";
const PROOF_MS = 20;

/** The changes of records that the daemon's events report, by name. */
export class EventLog {
  readonly #socketPath: string;
  readonly #kinds = new Map<string, Kind[]>();
  #session: ClientHttp2Session | undefined;
  #proofs = 0;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** The changes of a name that were told so far, in order. */
  of(name: string): readonly Kind[] {
    return this.#kinds.get(name) ?? [];
  }

  /**
   * Listens, again where the daemon has died. The daemon does not say when a subscription begins, so `write` has to
   * create a record of a name until that is told.
   */
  async ready(write: (name: string) => Promise<unknown>): Promise<void> {
    if (this.#session !== undefined && !this.#session.destroyed) return;
    this.#subscribe();
    for (;;) {
      this.#proofs += 1;
      const name = `proof:${this.#proofs}`;
      await write(name);
      await sleep(PROOF_MS);
      if (this.of(name).length > 0) return;
    }
  }

  close(): void {
    this.#session?.destroy();
  }

  #subscribe(): void {
    const session = connect("http://localhost", { createConnection: () => connectSocket(this.#socketPath) });
    session.on("error", () => {}).unref();
    this.#session = session;
    const post = { ":method": "POST", ":path": SUBSCRIBE, "content-type": "application/grpc", te: "trailers" };
    const stream = session.request(post).on("error", () => {});
    const request = create(SubscribeRequestSchema, { filters: ['topic~="^/images/"'] });
    stream.end(frame(toBinary(SubscribeRequestSchema, request)));
    const frames = new Frames();
    stream.on("data", (bytes: Buffer) => {
      for (const message of frames.take(bytes)) this.#note(message);
    });
    stream.on("close", () => session.destroy());
  }

  #note(message: Buffer): void {
    const { topic, event } = fromBinary(EnvelopeSchema, message);
    const kind = (["create", "update", "delete"] as const).find((each) => topic === `/images/${each}`);
    if (kind === undefined || event === undefined) return;
    const { name } = fromBinary(ImageDeleteSchema, event.value); // all three have the name in their first field
    this.#kinds.set(name, [...this.of(name), kind]);
  }
}
