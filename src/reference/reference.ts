/**
 * An image reference in its parts, and as others write it; frozen.
 *
 * @example
 * ```ts
 * const digest = `sha256:${"a".repeat(64)}`;
 * const reference: Reference = parseReference(`app:2@${digest}`);
 * reference.tag; // => "2"
 * reference.canonical === `docker.io/library/app@${digest}`; // => true
 * reference.familiar === `app:2@${digest}`; // => true
 * ```
 */
export interface Reference {
  /**
   * The registry, with its port: `docker.io` where none is given, and for `index.docker.io`. It is "" in the rare case
   * that the first part of the text looks like a registry but breaks a rule of hosts, as in `my_registry.io/app`: then
   * that part belongs to {@link path}.
   */
  readonly domain: string;
  /** The repository on that registry; on Docker Hub with the `library/` that people leave out. */
  readonly path: string;
  /** Absent where none is given; then {@link canonical} has `latest`, unless there is a digest. */
  readonly tag?: string;
  /** Absent where none is given. */
  readonly digest?: string;
  /**
   * The name under which Docker, CRI and nerdctl store the record: the full name with the tag, or with the digest alone
   * where there is one. Of a text with both, nerdctl 2 stores another name: it keeps the tag before the digest.
   */
  readonly canonical: string;
  /**
   * The short form that Docker shows. No tag is added. It has both tag and digest where both are given. Of a few names,
   * such as `docker.io/localhost/app`, the short form means something else when it is read again.
   */
  readonly familiar: string;
}
