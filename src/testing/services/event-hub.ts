import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import {
  ImageCreateSchema,
  ImageDeleteSchema,
  ImageUpdateSchema,
} from "../../../gen/containerd/services/images/v1/events_pb.js";
import { type Envelope, EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import type { ImageRecord } from "../store/image-record.js";
import { type Clock, instantOf, messageFromInstant } from "../store/instant.js";

/** Hands what happens to whoever listens at that moment; nothing is kept or replayed. */
export class EventHub {
  readonly #clock: Clock;
  readonly #listeners = new Set<(envelope: Envelope) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  created(namespace: string, { name, labels }: ImageRecord): void {
    this.#publish(namespace, "/images/create", ImageCreateSchema, { name, labels: Object.fromEntries(labels) });
  }

  updated(namespace: string, { name, labels }: ImageRecord): void {
    this.#publish(namespace, "/images/update", ImageUpdateSchema, { name, labels: Object.fromEntries(labels) });
  }

  deleted(namespace: string, name: string): void {
    this.#publish(namespace, "/images/delete", ImageDeleteSchema, { name });
  }

  // Of the same fields as the deletion of an image.
  namespaceDeleted(name: string): void {
    this.#publish(name, "/namespaces/delete", ImageDeleteSchema, { name }, "containerd.events.NamespaceDelete");
  }

  /** An event of somebody else's, as it was given. */
  published(namespace: string, topic: string, event: Any): void {
    this.#hand(namespace, topic, event);
  }

  /** Everything from now on until `signal` aborts; what the reader has not taken yet waits, without limit. */
  async *subscribe(accepts: (envelope: Envelope) => boolean, signal: AbortSignal): AsyncGenerator<Envelope> {
    const queue: Envelope[] = [];
    let wake = () => {};
    const listener = (envelope: Envelope) => {
      if (accepts(envelope)) queue.push(envelope);
      wake();
    };
    const onAbort = () => wake();
    this.#listeners.add(listener);
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) {
        yield* queue.splice(0);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || signal.aborted) resolve();
        });
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #publish<Desc extends DescMessage>(
    namespace: string,
    topic: string,
    desc: Desc,
    payload: MessageInitShape<Desc>,
    typeUrl: string = desc.typeName,
  ): void {
    this.#hand(namespace, topic, create(AnySchema, { typeUrl, value: toBinary(desc, create(desc, payload)) }));
  }

  #hand(namespace: string, topic: string, event: Any): void {
    const timestamp = messageFromInstant(instantOf(this.#clock()));
    const envelope = create(EnvelopeSchema, { timestamp, namespace, topic, event });
    for (const listener of this.#listeners) listener(envelope);
  }
}
