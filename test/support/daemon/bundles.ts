/** Something that the tests run: Debian packages unpacked side by side into one folder of the cache. */
export interface Bundle {
  /** Its name in messages. */
  readonly title: string;
  readonly suite: string;
  readonly packages: readonly string[];
  /** What the version of the first package must look like. */
  readonly version: RegExp;
  /** File below the folder that shows that the bundle is there. */
  readonly binary: string;
}

/**
 * What every `npm test` runs, by name. No patch version is named: each suite moves on, sid also to new minor versions.
 *
 * All but the daemons come from the oldest suite, with their libraries, so that they run on any newer machine.
 */
export const bundles = {
  "containerd-1.6": containerd("1.6", "bookworm", /^1\.6\./),
  "containerd-1.7": containerd("1.7", "trixie", /^1\.7\./),
  "containerd-2.x": containerd("2.x", "sid", /^2\./),
  "docker-26": docker("26", "trixie", /^26\./),
  "docker-28": docker("28", "sid", /^(2[89]|[3-9]\d)\./),
  "tls-proxy": {
    title: "nginx and openssl",
    suite: "bookworm",
    packages: ["nginx", "openssl", "libssl3", "libpcre2-8-0", "libcrypt1", "zlib1g"],
    version: /^1\./,
    binary: "usr/sbin/nginx",
  },
  faketime: {
    title: "libfaketime",
    suite: "bookworm",
    packages: ["faketime", "libfaketime"],
    version: /^0\./,
    binary: "usr/bin/faketime",
  },
  kubectl: {
    title: "kubectl",
    suite: "bookworm",
    packages: ["kubernetes-client"],
    version: /^1\./,
    binary: "usr/bin/kubectl",
  },
  runc: {
    title: "runc, and busybox to run",
    suite: "bookworm",
    packages: ["runc", "busybox-static"], // runc's one library, libseccomp2, is there wherever apt is
    version: /^1\./,
    binary: "usr/sbin/runc",
  },
} as const satisfies Record<string, Bundle>;

const ownSources = ["golang-github-containerd-errdefs-dev", "golang-github-containerd-log-dev"] as const;
const grpcSources = ["golang-google-grpc-dev", "golang-google-genproto-dev", "golang-google-protobuf-dev"] as const;

/**
 * Go as Debian builds each containerd with it, and the source of that containerd's filters with what they import; and the
 * source of image references, which the Go of 2.x compiles.
 *
 * They are large, so only the tests that ask Go fetch them.
 */
export const goBundles = {
  "go-1.6": go("1.6", "bookworm", "1.19", ["golang-github-golang-protobuf-1-5-dev", ...grpcSources]),
  "go-1.7": go("1.7", "trixie", "1.24", [...ownSources, ...grpcSources]),
  "go-2.x": go("2.x", "sid", "1.27", ownSources),
  "go-references": {
    title: "Go's distribution/reference",
    suite: "sid",
    packages: ["golang-github-distribution-reference-dev", "golang-github-opencontainers-go-digest-dev"],
    version: /^0\./,
    binary: "usr/share/gocode/src/github.com/distribution/reference/reference.go",
  },
} as const satisfies Record<string, Bundle>;

export type BundleName = keyof typeof bundles | keyof typeof goBundles;

/** The names of `bundles`; the cast restores what `Object.keys` forgets of a constant table. */
export const bundleNames = Object.keys(bundles) as (keyof typeof bundles)[];

function containerd(series: string, suite: string, version: RegExp): Bundle {
  return { title: `containerd ${series}`, suite, packages: ["containerd"], version, binary: "usr/bin/containerd" };
}

function docker(series: string, suite: string, version: RegExp): Bundle {
  return { title: `Docker Engine ${series}`, suite, packages: ["docker.io"], version, binary: "usr/sbin/dockerd" };
}

function go(series: string, suite: string, version: string, sources: readonly string[]): Bundle {
  const compiler = [`golang-${version}-go`, `golang-${version}-src`];
  const always = [
    "golang-github-containerd-containerd-dev",
    "golang-github-sirupsen-logrus-dev",
    "golang-golang-x-sys-dev",
  ];
  const packages = [...compiler, ...always, ...sources];
  const starts = new RegExp(`^${version.replace(".", "\\.")}\\.`);
  return {
    title: `Go of containerd ${series}`,
    suite,
    packages,
    version: starts,
    binary: `usr/lib/go-${version}/bin/go`,
  };
}
