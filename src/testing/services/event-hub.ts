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

/** The type of the event of a deleted namespace. */
export const NAMESPACE_DELETE = "containerd.events.NamespaceDelete";

/** Passes each event to the current subscribers. Nothing is kept or replayed. */
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

  // It has the same fields as the event of a deleted image.
  namespaceDeleted(name: string): void {
    this.#publish(name, "/namespaces/delete", ImageDeleteSchema, { name }, NAMESPACE_DELETE);
  }

  /** Publishes an event of a client, unchanged. */
  published(namespace: string, topic: string, event: Any | undefined): void {
    const timestamp = messageFromInstant(instantOf(this.#clock()));
    const envelope = create(EnvelopeSchema, { timestamp, namespace, topic, ...(event && { event }) });
    for (const listener of this.#listeners) listener(envelope);
  }

  /**
   * Yields all events from now on until `signal` aborts. Events that the reader has not taken yet wait in a queue
   * without a limit.
   */
  async *subscribe(accepts: (envelope: Envelope) => boolean, signal: AbortSignal): AsyncGenerator<Envelope> {
    const queue: Envelope[] = [];
    let wake = () => {};
    const listener = (envelope: Envelope) => {
      if (accepts(envelope)) queue.push(envelope);
      wake();
    };
    const onAbort = () => {
      this.#listeners.delete(listener); // a reader that has its event may never ask for the next one
      wake();
    };
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
    this.published(namespace, topic, create(AnySchema, { typeUrl, value: toBinary(desc, create(desc, payload)) }));
  }
}
