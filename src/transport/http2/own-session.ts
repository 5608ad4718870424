import type { Request } from "../../rpc/request.js";

// The server may echo a name in an error, each byte as three.
const ECHO_SAFE_BYTES = 4 << 10;

/**
 * Whether the request must not share a session, because an error may echo so much of it that Node's HTTP/2 cannot read
 * the response and the session hangs. Only names are echoed, and no name is larger than its request. A large create
 * mostly has a short name and many labels, so there the name itself is looked at.
 */
export function needsOwnSession(request: Request): boolean {
  if (request.bytes.length <= ECHO_SAFE_BYTES) return false;
  return request.method.name !== "create" || Buffer.byteLength(request.imageName ?? "") > ECHO_SAFE_BYTES;
}
