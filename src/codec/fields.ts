import type { Descriptor, Image } from "../image.js";

/*
 * The number of every protobuf field that this library reads or writes, by message. Numbers are written nowhere else;
 * a test compares these with the generated code. A new field of a record does not compile until it has its number here.
 */

export const IMAGE = { name: 1, labels: 2, target: 3, createdAt: 7, updatedAt: 8 } as const satisfies NumbersOf<Image>;
export const DESCRIPTOR = { mediaType: 1, digest: 2, size: 3, annotations: 5 } as const satisfies NumbersOf<Descriptor>;
/** Of every map, such as the labels. */
export const MAP_ENTRY = { key: 1, value: 2 } as const;
export const TIMESTAMP = { seconds: 1, nanos: 2 } as const;
export const FIELD_MASK = { paths: 1 } as const;

export const GET_REQUEST = { name: 1 } as const;
export const LIST_REQUEST = { filters: 1 } as const;
export const CREATE_REQUEST = { image: 1, sourceDateEpoch: 2 } as const;
export const UPDATE_REQUEST = { image: 1, updateMask: 2, sourceDateEpoch: 3 } as const;
export const DELETE_REQUEST = { name: 1, sync: 2, target: 3 } as const;
/** Of Get, Create and Update. */
export const IMAGE_RESPONSE = { image: 1 } as const;
export const LIST_RESPONSE = { images: 1 } as const;

export const VERSION_RESPONSE = { version: 1, revision: 2 } as const;
export const NAMESPACES_RESPONSE = { namespaces: 1 } as const;
export const NAMESPACE = { name: 1 } as const;
export const SERVER_RESPONSE = { uuid: 1, pid: 2, pidns: 3 } as const;

export const SUBSCRIBE_REQUEST = { filters: 1 } as const;
export const PUBLISH_REQUEST = { topic: 1, event: 2 } as const;
export const ENVELOPE = { timestamp: 1, topic: 3, event: 4 } as const;
export const ANY = { typeUrl: 1, value: 2 } as const;
/** Of the events of create, update and delete. */
export const IMAGE_EVENT = { name: 1 } as const;

/** With an optional field, code that leaves the field out when it makes a record would compile. */
type NumbersOf<T> = T extends Required<T> ? { readonly [Field in keyof T]: number } : "no field may be optional";
