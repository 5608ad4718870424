/** Something that the tests run: Debian packages unpacked side by side into one folder of the cache. */
export interface Bundle {
  /** What a person calls it, for messages. */
  readonly title: string;
  readonly suite: string;
  readonly packages: readonly string[];
  /** What the version of the first package must look like. */
  readonly version: RegExp;
  /** File below the folder that shows that the bundle is there. */
  readonly binary: string;
}

/**
 * All bundles by name. No patch version is named: each suite moves on, sid also to new minor versions.
 *
 * nginx and openssl come from the oldest suite, with their libraries, so that they run on any newer machine.
 */
export const bundles = {
  "containerd-1.6": containerd("1.6", "bookworm", /^1\.6\./),
  "containerd-1.7": containerd("1.7", "trixie", /^1\.7\./),
  "containerd-2.x": containerd("2.x", "sid", /^2\./),
  "tls-proxy": {
    title: "nginx and openssl",
    suite: "bookworm",
    packages: ["nginx", "openssl", "libssl3", "libpcre2-8-0", "libcrypt1", "zlib1g"],
    version: /^1\./,
    binary: "usr/sbin/nginx",
  },
} as const satisfies Record<string, Bundle>;

export type BundleName = keyof typeof bundles;

/** The bundles' names; the cast restores what `Object.keys` forgets of a constant table. */
export const bundleNames = Object.keys(bundles) as BundleName[];

function containerd(series: string, suite: string, version: RegExp): Bundle {
  return { title: `containerd ${series}`, suite, packages: ["containerd"], version, binary: "usr/bin/containerd" };
}
