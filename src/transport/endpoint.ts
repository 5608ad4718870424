/**
 * Certificates for an `https://` address; each is PEM text or bytes, as `node:tls` takes them.
 *
 * @example
 * ```ts
 * const { CA: ca, CERT: cert, KEY: key } = process.env;
 * const tls: TlsOptions = { ca, cert, key, servername: "containerd.internal" };
 * await using remote = new ImagesClient({ namespace: "default", address: "https://10.0.0.7:8443", tls });
 * ```
 */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's certificate chain, for a peer that asks for one. */
  readonly cert?: string | Uint8Array | undefined;
  /** The key that belongs to {@link cert}. */
  readonly key?: string | Uint8Array | undefined;
  /** Name to ask for and to verify, where it differs from the address's host. */
  readonly servername?: string | undefined;
}

/** Where an engine connects to. */
export type Endpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "tls"; readonly host: string; readonly port: number; readonly tls: TlsOptions };
