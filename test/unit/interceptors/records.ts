import { createRequest, deleteRequest, getRequest, updateRequest } from "../../../src/codec/requests.js";

const digest = `sha256:${"a".repeat(64)}`;

/** The record of the requests in these tests. */
export const record = {
  name: "app:1",
  labels: { env: "prod" },
  target: { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 7_682, annotations: {} },
};

export const requests = {
  get: getRequest(record.name),
  create: createRequest(record, undefined),
  update: updateRequest(record, ["labels.env", "target"], undefined),
  delete: deleteRequest(record.name, false, undefined),
  "conditional-delete": deleteRequest(record.name, false, digest),
  "sync-delete": deleteRequest(record.name, true, undefined),
} as const;

interface StoredRecord {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly target: {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: bigint;
    readonly annotations: Record<string, string>;
  };
  readonly createdAt: { readonly seconds: bigint; readonly nanos: number };
  readonly updatedAt: { readonly seconds: bigint; readonly nanos: number };
}

/** The record as the server stores it, made at this time. */
export function stored(
  createdAt: Date,
  changes: { readonly digest?: string; readonly env?: string; readonly updatedAt?: Date } = {},
): StoredRecord {
  return {
    name: record.name,
    labels: { env: changes.env ?? "prod" },
    target: { ...record.target, size: BigInt(record.target.size), digest: changes.digest ?? digest },
    createdAt: timestamp(createdAt),
    updatedAt: timestamp(changes.updatedAt ?? createdAt),
  };
}

function timestamp(date: Date): StoredRecord["createdAt"] {
  const seconds = Math.floor(date.getTime() / 1_000);
  return { seconds: BigInt(seconds), nanos: (date.getTime() - seconds * 1_000) * 1_000_000 };
}
