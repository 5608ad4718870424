import type { Request } from "../../rpc/request.js";

// The server may repeat a name in an error message, with three bytes for each byte of the name.
const ECHO_SAFE_BYTES = 4 << 10;

/**
 * Whether the request must not share a session: an error may repeat so much of it that Node's HTTP/2 cannot read the
 * response, and the session hangs. The server repeats only names, and a name is never larger than its request. A large
 * create usually has a short name and many labels, so for a create the name itself is measured.
 */
export function needsOwnSession(request: Request): boolean {
  if (request.bytes.length <= ECHO_SAFE_BYTES) return false;
  return request.method.name !== "create" || Buffer.byteLength(request.imageName ?? "") > ECHO_SAFE_BYTES;
}
