/** Certificates for an `https://` address; each is PEM text or bytes, as `node:tls` takes them. */
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
