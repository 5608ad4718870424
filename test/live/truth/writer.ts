import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Labels, NewDescriptor } from "../../../src/index.js";
import { frame } from "../../support/raw-cases/call.js";
import { EPOCH } from "./calls.js";
import type { History } from "./history.js";
import { CRI_LABEL } from "./record-state.js";
import type { Action } from "./scene.js";
import { machineNow } from "./wall-clock.js";

/** A record that the second client writes. */
export interface Written {
  readonly target: NewDescriptor;
  readonly labels: Labels;
}

/** The second client: it writes straight to the daemon, with nothing of the library. */
export class Writer {
  readonly #history: History;
  readonly #headers: Readonly<Record<string, string>>;

  /** `lease` holds all that it writes. */
  constructor(history: History, lease?: string) {
    this.#history = history;
    this.#headers = lease === undefined ? {} : { "containerd-lease": lease };
  }

  /** Creates the record; `dateMs` is the date to be stored, which servers before 1.7 do not know. */
  create({ target, labels }: Written, dateMs?: number): Promise<unknown> {
    const image = { name: this.#history.name, target: messageOf(target), labels: { ...labels } };
    return this.#send("create", CreateImageRequestSchema, { image, ...dated(dateMs) });
  }

  /** Deletes the record; with `sync`, the daemon has collected garbage at the end. */
  delete(sync = false): Promise<unknown> {
    return this.#send("delete", DeleteImageRequestSchema, { name: this.#history.name, sync });
  }

  label(labels: Labels, dateMs?: number): Promise<unknown> {
    const image = { name: this.#history.name, target: {}, labels: { ...labels } };
    const paths = Object.keys(labels).map((key) => `labels.${key}`);
    return this.#send("update", UpdateImageRequestSchema, { image, updateMask: { paths }, ...dated(dateMs) });
  }

  retarget(target: NewDescriptor, dateMs?: number): Promise<unknown> {
    const image = { name: this.#history.name, target: messageOf(target) };
    return this.#send("update", UpdateImageRequestSchema, {
      image,
      updateMask: { paths: ["target"] },
      ...dated(dateMs),
    });
  }

  /** Does what a scene says. */
  async act(action: Action, same: Written, other: Written): Promise<void> {
    const [first = "", ...rest] = action.split("-");
    switch (first) {
      case "create":
        await this.#create(rest, same, other);
        break;
      case "recreate":
        await this.delete();
        await this.#create(rest, same, other);
        break;
      case "delete":
        await this.delete();
        break;
      case "label":
        await this.label(rest.length > 0 ? { [CRI_LABEL]: "managed" } : { seen: "yes" });
        break;
      case "relabel":
        await this.label({ env: "elsewhere" }, rest.length > 0 ? dateOf(rest[1]) : undefined);
        break;
      case "retarget":
        await this.retarget(other.target, rest.length > 0 ? dateOf(rest[1]) : undefined);
        break;
    }
  }

  #create(words: readonly string[], same: Written, other: Written): Promise<unknown> {
    return this.create(words[0] === "other" ? other : same, words[0] === "dated" ? dateOf(words[1]) : undefined);
  }

  #send<Schema extends DescMessage>(
    kind: "create" | "update" | "delete",
    schema: Schema,
    message: MessageInitShape<Schema>,
  ): Promise<unknown> {
    return this.#history.apply("other", kind, {
      headers: this.#headers,
      body: frame(toBinary(schema, create(schema, message))),
    });
  }
}

function messageOf({ digest, mediaType, size }: NewDescriptor) {
  return { digest, mediaType, size: BigInt(size) };
}

function dated(ms: number | undefined) {
  return ms === undefined ? {} : { sourceDateEpoch: timestampFromMs(ms) };
}

/** The date that a `dated` action stores. */
function dateOf(when = "now"): number {
  if (when === "asked") return EPOCH.getTime();
  if (when === "past") return Date.UTC(2020, 0, 1);
  return when === "future" ? Date.UTC(2040, 0, 1) : machineNow();
}
