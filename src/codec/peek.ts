import { DELETE, GET, type Method } from "../wire/method.js";
import { Reader, VARINT } from "./reader.js";
import { asBuffer, fieldsOf } from "./scan.js";

/** The image name that a request is about, read from its bytes; undefined where it has none or cannot be read. */
export function imageNameOf(method: Method, request: Uint8Array): string | undefined {
  try {
    const names = method === GET || method === DELETE ? request : imageOf(method, request);
    const name = names === undefined ? undefined : fieldsOf(names, 1).at(-1);
    return name?.toString();
  } catch {
    return undefined;
  }
}

function imageOf(method: Method, request: Uint8Array): Uint8Array | undefined {
  return method.name === "create" || method.name === "update" ? Buffer.concat(fieldsOf(request, 1)) : undefined;
}

/** Whether a delete asks to wait for a garbage collection. */
export function isSyncDelete(method: Method, request: Uint8Array): boolean {
  return method === DELETE && varintOf(request, 2) !== 0;
}

function varintOf(message: Uint8Array, field: number): number {
  const reader = new Reader(asBuffer(message));
  let value = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === field * 8 + VARINT) value = reader.int64();
    else reader.skip(tag);
  }
  return value;
}
