import { DELETE, GET, type Method } from "../rpc/method.js";
import { MalformedMessage } from "../rpc/invoker.js";
import { Reader, VARINT } from "./reader.js";
import { fieldsOf } from "./scan.js";

/** The image name that a request is about, read from its bytes; undefined where it has none or cannot be read. */
export function imageNameOf(method: Method, request: Uint8Array): string | undefined {
  return ifReadable(() => {
    const named = method === GET || method === DELETE ? request : imageOf(method, request);
    return named && fieldsOf(named, 1).at(-1)?.toString();
  });
}

function imageOf(method: Method, request: Uint8Array): Uint8Array | undefined {
  return method.name === "create" || method.name === "update" ? Buffer.concat(fieldsOf(request, 1)) : undefined;
}

/** Whether a delete asks to wait for a garbage collection; one that cannot be read does not. */
export function isSyncDelete(method: Method, request: Uint8Array): boolean {
  return method === DELETE && ifReadable(() => varintOf(request, 2) !== 0) === true;
}

function varintOf(message: Uint8Array, field: number): number {
  const reader = new Reader(message);
  let value = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === field * 8 + VARINT) value = reader.int64();
    else reader.skip(tag);
  }
  return value;
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
