import { fromBinary } from "@bufbuild/protobuf";
import {
  ImageCreateSchema,
  ImageDeleteSchema,
  ImageUpdateSchema,
} from "../../../gen/containerd/services/images/v1/events_pb.js";
import type { Envelope } from "../../../gen/containerd/types/event_pb.js";
import { isFilterSyntaxError } from "../../errors.js";
import { compileTest } from "../../filters/evaluate.js";
import {
  combine,
  type FilterNode,
  isCombination,
  matchesAll,
  type Operator,
  selector,
  TREE,
} from "../../filters/filter-node.js";
import { imageField } from "../../filters/image-field.js";
import { parse } from "../../filters/index.js";
import type { Profile } from "../profile.js";
import { invalidArgument, Status } from "../status.js";
import { type ImageRecord, imageFromRecord } from "../store/image-record.js";
import { NAMESPACE_DELETE } from "./event-hub.js";
import { filterComplaint } from "./filter-complaint.js";
import { isKnownPattern } from "./regexp-dialect.js";

/** Selects the records of a List; throws the status for a filter that cannot be read. */
export function imageFilter(filters: readonly string[], profile: Profile): (record: ImageRecord) => boolean {
  const node = readFilters(filters, profile, (complaint) => invalidArgument(`${complaint}: invalid argument`));
  if (matchesAll(node)) return () => true;
  const test = compileTest(node, imageField);
  return (record) => test(imageFromRecord(record));
}

/** Selects the events of a subscription; throws the status for a filter that cannot be read. */
export function eventFilter(filters: readonly string[], profile: Profile): (envelope: Envelope) => boolean {
  const node = readFilters(filters, profile, (complaint) => {
    const doing = "subscription error: failed parsing subscription filters";
    return new Status("unknown", `${doing}: ${complaint}: invalid argument`);
  });
  return compileTest(node, eventField);
}

function readFilters(filters: readonly string[], profile: Profile, refuse: (complaint: string) => Status): FilterNode {
  try {
    // There can be more filters than a function takes arguments.
    const nodes = filters.map((filter) => parse(filter)[TREE]);
    return withKnownPatterns(combine(nodes.length === 0 ? "and" : "or", nodes), profile);
  } catch (error) {
    if (!isFilterSyntaxError(error)) throw error;
    throw refuse(filterComplaint(error.input) ?? error.message);
  }
}

const NEVER = selector(["no such field"]);

/** Whether the version can read the value of each operator. */
const IS_READABLE: Readonly<Record<Operator, (value: string, profile: Profile) => boolean>> = {
  "": () => true,
  "==": () => true,
  "!=": () => true,
  "~=": isKnownPattern,
};

// A pattern that the version cannot read is not an error: it matches nothing.
function withKnownPatterns(node: FilterNode, profile: Profile): FilterNode {
  if (!isCombination(node)) return IS_READABLE[node.op](node.value, profile) ? node : NEVER;
  return combine(
    node.op,
    node.members.map((member) => withKnownPatterns(member, profile)),
  );
}

function eventField([field, ...rest]: readonly string[]): ((envelope: Envelope) => string | undefined) | undefined {
  if (field === "namespace") return ({ namespace }) => namespace;
  if (field === "topic") return ({ topic }) => topic;
  return field === "event" ? (envelope) => payloadField(payloadOf(envelope), rest) : undefined;
}

interface Payload {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function payloadField(payload: Payload | undefined, [field, ...rest]: readonly string[]): string | undefined {
  if (field === "name") return payload?.name || undefined;
  const { labels = {} } = payload ?? {};
  const key = rest.join(".");
  return field === "labels" && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** The types of events whose fields a filter can read; those of a namespace have the fields of those of an image. */
const READERS = new Map<string, (bytes: Uint8Array) => Payload>([
  [ImageCreateSchema.typeName, (bytes) => fromBinary(ImageCreateSchema, bytes)],
  [ImageUpdateSchema.typeName, (bytes) => fromBinary(ImageUpdateSchema, bytes)],
  [ImageDeleteSchema.typeName, (bytes) => fromBinary(ImageDeleteSchema, bytes)],
  ["containerd.events.NamespaceCreate", (bytes) => fromBinary(ImageCreateSchema, bytes)],
  ["containerd.events.NamespaceUpdate", (bytes) => fromBinary(ImageUpdateSchema, bytes)],
  [NAMESPACE_DELETE, (bytes) => fromBinary(ImageDeleteSchema, bytes)],
]);

// A client may publish bytes that are no message. To the daemon such an event has no fields.
function payloadOf({ event }: Envelope): Payload | undefined {
  const { typeUrl = "", value = new Uint8Array() } = event ?? {};
  try {
    return READERS.get(typeUrl.slice(typeUrl.lastIndexOf("/") + 1))?.(value);
  } catch {
    return undefined;
  }
}
