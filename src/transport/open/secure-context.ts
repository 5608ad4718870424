import type { SecureContext } from "node:tls";
import { tls } from "../../util/node-modules.js";
import { pemDigest } from "../../util/pem-digest.js";
import type { Tls } from "../endpoint.js";

/** The context that was made last. The reference is weak, so that no key outlives the connections that use it. */
let latestContext: { readonly digest: string; readonly context: WeakRef<SecureContext> } | undefined;

/**
 * The certificates and the key as OpenSSL uses them. Connections with the same PEM share them. A program with a client
 * for each of a thousand nodes gives all of them the same PEM; to parse it for each connection takes a millisecond and
 * 35 kB, a third of what the connection takes.
 *
 * Without `ca` nothing is shared, because the default authorities of the process can change.
 */
export function secureContext(pem: Omit<Tls, "servername">): SecureContext {
  if (pem.ca === undefined) return tls().createSecureContext(pem);
  const digest = pemDigest(pem);
  const known = latestContext?.digest === digest ? latestContext.context.deref() : undefined;
  if (known !== undefined) return known;
  const context = tls().createSecureContext(pem);
  latestContext = { digest, context: new WeakRef(context) };
  return context;
}
