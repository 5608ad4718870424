import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { GetImageRequestSchema, GetImageResponseSchema } from "../../gen/containerd/services/images/v1/images_pb.js";
import { isSameState, type State, stateOfMessage } from "./record-state.js";
import type { Reply, Upstream } from "./upstream.js";

/** `library`: the call under test. `other`: the second client. `daemon`: writers inside it, such as CRI. */
export type Who = "library" | "other" | "daemon";

export type Kind = "create" | "update" | "delete";

/** One change of the record, or one attempt at it, with what was there just before and after. */
export interface Step {
  readonly who: Who;
  readonly kind: Kind;
  /** gRPC status of the daemon; -1 where it died first. */
  readonly code: number;
  readonly before: State;
  readonly after: State;
}

const IMAGES = "/containerd.services.images.v1.Images/";

/**
 * All that happened to one name, in the order in which it happened.
 *
 * Every writer but those inside the daemon goes through {@link apply}, one at a time, so the order is exact.
 */
export class History {
  readonly name: string;
  readonly #upstream: Upstream;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #steps: Step[] = [];
  #last: State;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(upstream: Upstream, namespace: string, name: string) {
    this.name = name;
    this.#upstream = upstream;
    this.#headers = { "containerd-namespace": namespace };
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** The record as it was last seen. */
  get last(): State {
    return this.#last;
  }

  /** Reads the record, and notes a change that nobody here has made. */
  look(): Promise<State> {
    return this.#alone(() => this.#look());
  }

  /** Sends a change to the daemon with nobody else writing, and notes what it did. */
  apply(who: Who, kind: Kind, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Reply> {
    return this.#alone(async () => {
      const before = await this.#look();
      try {
        const reply = await this.#upstream.call(pathOf(kind), { ...headers, ...this.#headers }, body);
        await this.#note(who, kind, reply.code, before);
        return reply;
      } catch (error) {
        await this.#note(who, kind, -1, before);
        throw error;
      }
    });
  }

  /** As {@link apply}, for a daemon that dies meanwhile and is up again when `revive` ends. */
  applyAndDie(kind: Kind, headers: Readonly<Record<string, string>>, body: Buffer, revive: () => Promise<void>) {
    return this.#alone(async () => {
      const before = await this.#look();
      const reply = this.#upstream.call(pathOf(kind), { ...headers, ...this.#headers }, body).catch(() => undefined);
      await revive();
      await this.#note("library", kind, (await reply)?.code ?? -1, before);
    });
  }

  async #note(who: Who, kind: Kind, code: number, before: State): Promise<void> {
    this.#last = await this.#read();
    this.#steps.push({ who, kind, code, before, after: this.#last });
  }

  async #look(): Promise<State> {
    const now = await this.#read();
    const before = this.#last;
    this.#last = now;
    if (!isSameState(before, now))
      this.#steps.push({ who: "daemon", kind: kindOf(before, now), code: 0, before, after: now });
    return now;
  }

  async #read(): Promise<State> {
    const request = toBinary(GetImageRequestSchema, create(GetImageRequestSchema, { name: this.name }));
    const { code, body } = await this.#upstream.call(`${IMAGES}Get`, this.#headers, framed(request));
    if (code === 5) return undefined;
    const { image } = fromBinary(GetImageResponseSchema, body.subarray(5));
    return image && stateOfMessage(image);
  }

  #alone<T>(use: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(use);
    this.#queue = result.catch(() => {});
    return result;
  }
}

/** Whether a step changed the store. A daemon may say no, or die, when it has done so. */
export function isApplied({ code, before, after }: Step): boolean {
  return code === 0 || !isSameState(before, after);
}

function kindOf(before: State, after: State): Kind {
  if (before === undefined) return "create";
  return after === undefined ? "delete" : "update";
}

function pathOf(kind: Kind): string {
  return IMAGES + { create: "Create", update: "Update", delete: "Delete" }[kind];
}

/** The change that a request's path asks for; `undefined` for a read. */
export function kindOfPath(path: string): Kind | undefined {
  const kinds = ["create", "update", "delete"] as const;
  return kinds.find((kind) => pathOf(kind) === path);
}

/** A message with gRPC's length prefix. */
export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
