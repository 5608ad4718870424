import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { GetImageRequestSchema, GetImageResponseSchema } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { frame } from "../../support/raw-cases/call.js";
import { CRI_LABEL, isSameState, ownLabels, type State, stateOfMessage } from "./record-state.js";
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

/** A change on its way to the daemon: metadata, and the message with its length. */
export interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const DIED = -1;
/** Statuses with which the daemon itself has changed nothing: from `invalid_argument` to `unauthenticated`. */
const REFUSALS = new Set([3, 5, 6, 7, 9, 11, 12, 16]);
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

  /** All states in which the record was seen, one after the other. */
  get states(): readonly State[] {
    return [undefined, ...this.#steps.flatMap(({ before, after }) => [before, after])];
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
  apply(who: Who, kind: Kind, request: Request): Promise<{ readonly reply: Reply; readonly step: Step }> {
    return this.#alone(async () => {
      const before = await this.#look();
      try {
        const reply = await this.#send(kind, request);
        return { reply, step: await this.#note(who, kind, before, reply) };
      } catch (error) {
        await this.#note(who, kind, before, undefined);
        throw error;
      }
    });
  }

  /** As {@link apply}, for a daemon that dies meanwhile and is up again when `restart` ends. */
  applyAndDie(kind: Kind, request: Request, restart: () => Promise<void>): Promise<Step> {
    return this.#alone(async () => {
      const before = await this.#look();
      const reply = this.#send(kind, request).catch(() => undefined);
      await restart();
      return this.#note("library", kind, before, await reply);
    });
  }

  #send(kind: Kind, { headers, body }: Request): Promise<Reply> {
    return this.#upstream.call(pathOf(kind), { ...headers, ...this.#headers }, body);
  }

  async #note(who: Who, kind: Kind, before: State, reply: Reply | undefined): Promise<Step> {
    const code = reply?.code ?? DIED;
    if (REFUSALS.has(code)) return this.#done({ who, kind, code, before, after: before });
    if (reply?.code !== 0 || kind === "delete")
      return this.#done({ who, kind, code, before, after: await this.#read() });
    if (kind === "create") this.#see(undefined); // what was there before has been collected
    return this.#done({ who, kind, code, before: this.#last, after: imageOf(reply) });
  }

  /** Notes a step, and then what others have done since. */
  async #done(step: Step): Promise<Step> {
    this.#steps.push(step);
    this.#last = step.after;
    await this.#look();
    return step;
  }

  async #look(): Promise<State> {
    const now = await this.#read();
    this.#see(now);
    return now;
  }

  /** Notes a change that nobody here has made. */
  #see(now: State): void {
    const before = this.#last;
    this.#last = now;
    if (!isSameState(before, now))
      this.#steps.push({ who: "daemon", kind: kindOf(before, now), code: 0, before, after: now });
  }

  async #read(): Promise<State> {
    const request = toBinary(GetImageRequestSchema, create(GetImageRequestSchema, { name: this.name }));
    const reply = await this.#upstream.call(`${IMAGES}Get`, this.#headers, frame(request));
    return reply.code === 5 ? undefined : imageOf(reply);
  }

  #alone<T>(use: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(use);
    this.#queue = result.catch(() => {});
    return result;
  }
}

/** The record in an answer to a read, a create or an update. */
function imageOf({ body }: Reply): State {
  const { image } = fromBinary(GetImageResponseSchema, body.subarray(5)); // all three have it in their first field
  return image && stateOfMessage(image);
}

/** Whether a step changed the store. A daemon may fail, or die, when it has done so. */
export function isApplied({ code, before, after }: Step): boolean {
  return code === 0 || !isSameState(withoutCri(before, after), withoutCri(after, before));
}

/** The record but for CRI's label, and for the date that came with it. */
function withoutCri(state: State, other: State): State {
  if (state === undefined || state.labels[CRI_LABEL] === other?.labels[CRI_LABEL]) return state;
  return { ...state, labels: ownLabels(state), updatedAt: "" };
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
