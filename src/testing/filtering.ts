import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import {
  ImageCreateSchema,
  ImageDeleteSchema,
  ImageUpdateSchema,
} from "../../gen/containerd/services/images/v1/events_pb.js";
import type { Envelope } from "../../gen/containerd/types/event_pb.js";
import { isFilterSyntaxError } from "../errors.js";
import { compileTest } from "../filters/evaluate.js";
import { type FilterNode, selector, tree } from "../filters/filter-node.js";
import { imageField } from "../filters/image-field.js";
import { parse } from "../filters/index.js";
import { filterComplaint } from "./filter-complaint.js";
import { type ImageRecord, imageFromRecord } from "./image-record.js";
import type { Profile } from "./profile.js";
import { isKnownPattern } from "./regexp-dialect.js";
import { invalidArgument, Status } from "./status.js";

/** Which records a List gives; throws the status of a filter that cannot be read. */
export function imageFilter(filters: readonly string[], profile: Profile): (record: ImageRecord) => boolean {
  const node = readFilters(filters, profile, (complaint) => invalidArgument(`${complaint}: invalid argument`));
  if (node.kind === "all") return () => true;
  const test = compileTest(node, imageField);
  return (record) => test(imageFromRecord(record));
}

/** Which events a subscription gives; throws the status of a filter that cannot be read. */
export function eventFilter(filters: readonly string[], profile: Profile): (envelope: Envelope) => boolean {
  const node = readFilters(filters, profile, (complaint) => {
    const doing = "subscription error: failed parsing subscription filters";
    return new Status("unknown", `${doing}: ${complaint}: invalid argument`);
  });
  return compileTest(node, eventField);
}

function readFilters(filters: readonly string[], profile: Profile, refuse: (complaint: string) => Status): FilterNode {
  try {
    return withKnownPatterns(parse(...filters)[tree], profile);
  } catch (error) {
    if (!isFilterSyntaxError(error)) throw error;
    throw refuse(filterComplaint(error.input) ?? error.message);
  }
}

const never = selector([], "present");

// A pattern that the version's regexps do not know is no error: it matches nothing.
function withKnownPatterns(node: FilterNode, profile: Profile): FilterNode {
  if (node.kind === "selector") return node.operator === "~=" && !isKnownPattern(node.value, profile) ? never : node;
  if (node.kind === "all") return node;
  return { ...node, members: node.members.map((member) => withKnownPatterns(member, profile)) };
}

function eventField([field, ...rest]: readonly string[]): ((envelope: Envelope) => string | undefined) | undefined {
  if (field === "namespace") return ({ namespace }) => namespace || undefined;
  if (field === "topic") return ({ topic }) => topic || undefined;
  return field === "event" ? (envelope) => payloadField(payloadOf(envelope), rest) : undefined;
}

interface Payload {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function payloadField({ name, labels = {} }: Payload, [field, ...rest]: readonly string[]): string | undefined {
  if (field === "name") return name || undefined;
  const key = rest.join(".");
  return field === "labels" && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function payloadOf({ topic, event }: Envelope): Payload {
  const read = <Desc extends DescMessage>(desc: Desc): MessageShape<Desc> =>
    fromBinary(desc, event?.value ?? new Uint8Array());
  if (topic === "/images/create") return read(ImageCreateSchema);
  return topic === "/images/update" ? read(ImageUpdateSchema) : read(ImageDeleteSchema);
}
