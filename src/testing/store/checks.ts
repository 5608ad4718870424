import { HEX_LENGTHS } from "../../util/digest.js";
import type { Profile } from "../profile.js";
import { invalidArgument, Status } from "../status.js";
import { quote } from "./go-format.js";
import type { ImageDraft, LabelMap, Target } from "./image-record.js";
import { byteLength, bytesOf, textOf } from "./utf8.js";

const IDENTIFIER_PATTERN = "^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$";
const IDENTIFIER_RULE = new RegExp(IDENTIFIER_PATTERN);
const MAX_IDENTIFIER_BYTES = 76;
const MAX_LABEL_BYTES = 4096;
const MAX_KEY_BYTES = 32_768; // what the database takes as a key

/**
 * Returns the namespace of a call, or throws the status of containerd for a missing or malformed one. `doing` begins
 * its message.
 */
export function checkNamespace(namespace: string | undefined, doing = ""): string {
  if (namespace === undefined || namespace === "") {
    throw new Status("failed_precondition", `${doing}namespace is required: failed precondition`);
  }
  const fault = identifierFault(namespace);
  if (fault !== undefined) throw invalidArgument(`${doing}namespace validation: ${fault}`);
  return namespace;
}

/** Checks the topic of an event that a client publishes: identifiers, each after a slash. */
export function checkTopic(topic: string): void {
  const fault = topicFault(topic);
  if (fault !== undefined) throw invalidArgument(`envelope topic ${quote(topic)}: ${fault}`);
}

function topicFault(topic: string): string | undefined {
  if (topic === "") return "must not be empty";
  if (!topic.startsWith("/")) return "must start with '/'";
  if (topic === "/") return "must have at least one component";
  for (const component of topic.slice(1).split("/")) {
    const fault = identifierFault(component);
    if (fault !== undefined) return `failed validation on component ${quote(component)}: ${fault}`;
  }
  return undefined;
}

function identifierFault(text: string): string | undefined {
  if (text === "") return "identifier must not be empty";
  const identifier = `identifier ${quote(text)}`;
  if (byteLength(text) > MAX_IDENTIFIER_BYTES) {
    return `${identifier} greater than maximum length (${MAX_IDENTIFIER_BYTES} characters)`;
  }
  return IDENTIFIER_RULE.test(text) ? undefined : `${identifier} must match ${IDENTIFIER_PATTERN}`;
}

/** The first check of create and update, before the namespace is checked. */
export function checkName(name: string): void {
  if (name === "") throw new Status("invalid_argument", "Image.Name required");
}

/** Checks a record before it is stored: every label, then the digest, the size and the media type. */
export function checkImage({ labels, target }: ImageDraft, profile: Profile): void {
  for (const [key, value] of labels) checkLabel(key, value, profile);
  checkTarget(target);
}

function checkLabel(key: string, value: string, { showsLabelLength }: Profile): void {
  const length = byteLength(key) + byteLength(value);
  if (length <= MAX_LABEL_BYTES) return;
  const measured = showsLabelLength ? ` length (${length} bytes)` : "";
  const shown = textOf(bytesOf(key).subarray(0, showsLabelLength ? 64 : 10));
  throw invalidArgument(
    `image.Labels: label key and value${measured} greater than maximum size (${MAX_LABEL_BYTES} bytes), key: ${shown}`,
  );
}

function checkTarget({ digest, size, mediaType }: Target): void {
  const fault = digestFault(digest);
  if (fault !== undefined) throw invalidArgument(`Target.Digest ${quote(digest)} invalid: ${fault}`);
  if (size <= 0n) throw invalidArgument("Target.Size must be greater than zero");
  if (mediaType === "") throw invalidArgument("Target.MediaType must be set");
}

const BAD_FORMAT = "invalid checksum digest format";

function digestFault(digest: string): string | undefined {
  const colon = digest.indexOf(":");
  const encoded = digest.slice(colon + 1);
  if (colon <= 0 || encoded === "") return BAD_FORMAT;
  const hexLength = HEX_LENGTHS.get(digest.slice(0, colon));
  if (hexLength === undefined) {
    const wellFormed = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/.test(digest);
    return wellFormed ? "unsupported digest algorithm" : BAD_FORMAT;
  }
  if (byteLength(encoded) !== hexLength) return "invalid checksum digest length";
  return /^[a-f0-9]+$/.test(encoded) ? undefined : BAD_FORMAT;
}

/** Throws for the key under which the database keeps its schema version, in the place of a namespace. */
export function refuseReserved(namespace: string): void {
  if (namespace === "version") throw new Status("unknown", "incompatible value");
}

/** Throws for a key that the database would reject; the call then fails with an error that has no class. */
export function checkStorable({ name, labels, target }: ImageDraft): void {
  checkKeys(labels, `writing labels for image ${name}`);
  checkKeys(target.annotations, `writing Annotations for image ${name}`);
}

function checkKeys(labels: LabelMap, doing: string): void {
  for (const [key, value] of labels) {
    if (value === "") continue; // removed, not written
    const fault = key === "" ? "key required" : byteLength(key) > MAX_KEY_BYTES ? "key too large" : undefined;
    if (fault === undefined) continue;
    throw new Status("unknown", `${doing}: failed to set label ${quote(key)}=${quote(value)}: ${fault}`);
  }
}
