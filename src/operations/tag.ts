import { createRequest, getRequest } from "../codec/requests.js";
import { imageResponse } from "../codec/responses.js";
import type { Image, Labels } from "../image.js";
import type { TagOptions } from "../options.js";
import type { Call } from "../rpc/call.js";
import type { Invoker } from "../rpc/invoker.js";
import { upsert } from "./upsert.js";

/** Another name for the target of `source`. */
export interface Tag extends Pick<TagOptions, "force" | "sourceDateEpoch"> {
  readonly source: string;
  readonly name: string;
}

/**
 * Labels that say how long one record lives, not what its content is: when it expires, and that the kubelet never
 * removes it. A name that a user gives exists until a user deletes it.
 */
const LABELS_OF_ONE_RECORD: ReadonlySet<string> = new Set(["containerd.io/gc.expire", "io.cri-containerd.pinned"]);

/** Copies target and labels of one record to another name; with `force` an existing record is updated in place. */
export async function tag(invoker: Invoker, call: Call, request: Tag): Promise<Image> {
  const { source, name, force = false, sourceDateEpoch } = request;
  const from = await invoker.unary(getRequest(source), call, imageResponse);
  // Writing a record over itself could only undo changes that others have made since it was read.
  if (force && name === source) return from;
  const image = { name, target: from.target, labels: labelsToCopy(from.labels) };
  if (!force) return invoker.unary(createRequest(image, sourceDateEpoch), call, imageResponse);
  return (await upsert(invoker, call, { image, labels: "replace", sourceDateEpoch })).image;
}

function labelsToCopy(labels: Labels): Labels {
  // Unlike assignment, fromEntries keeps a key called __proto__.
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !LABELS_OF_ONE_RECORD.has(key)));
}
