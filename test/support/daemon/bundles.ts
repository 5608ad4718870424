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
  haproxy: {
    title: "HAProxy",
    suite: "bookworm",
    packages: [
      "haproxy",
      "libssl3",
      "liblua5.3-0",
      "libopentracing-c-wrapper0",
      "libopentracing1",
      "libpcre2-8-0",
      "libcrypt1",
      "libsystemd0",
    ],
    version: /^2\./,
    binary: "usr/sbin/haproxy",
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
  openssh: {
    title: "OpenSSH",
    suite: "bookworm",
    packages: [
      ...["openssh-server", "openssh-client", "libssl3", "zlib1g", "libselinux1", "libpcre2-8-0", "libcrypt1"],
      ...["libgssapi-krb5-2", "libkrb5-3", "libk5crypto3", "libkrb5support0", "libcom-err2", "libkeyutils1"],
      ...["libwrap0", "libnsl2", "libtirpc3", "libaudit1", "libcap-ng0", "libpam0g", "libsystemd0", "libcap2"],
      ...["libgcrypt20", "libgpg-error0", "liblzma5", "libzstd1", "liblz4-1"],
    ],
    version: /^1:\d/,
    binary: "usr/sbin/sshd",
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
 * Go as Debian builds each containerd with it, and the source of that containerd's filters with what they import; and
 * the source of image references, which the Go of 2.x compiles.
 *
 * They are large, so only the tests that ask Go, and the benchmark, fetch them.
 */
export const goBundles = {
  "go-1.6": go("1.6", "bookworm", "1.19", ["golang-github-golang-protobuf-1-5-dev", ...grpcSources]),
  "go-1.7": go("1.7", "trixie", "1.24", [...ownSources, ...grpcSources]),
  "go-2.x": go("2.x", "sid", "1.27", ownSources),
  "go-grpc": {
    title: "what Go's grpc imports",
    suite: "trixie",
    packages: ["golang-golang-x-net-dev", "golang-golang-x-text-dev", "golang-github-golang-protobuf-1-5-dev"],
    version: /^1:0\./,
    binary: "usr/share/gocode/src/golang.org/x/net/http2/http2.go",
  },
  "go-references": {
    title: "Go's distribution/reference",
    suite: "sid",
    packages: ["golang-github-distribution-reference-dev", "golang-github-opencontainers-go-digest-dev"],
    version: /^0\./,
    binary: "usr/share/gocode/src/github.com/distribution/reference/reference.go",
  },
} as const satisfies Record<string, Bundle>;

/**
 * A browser that only draws pages, with fonts, and the libraries that a Debian without a desktop lacks.
 *
 * It is large, so only the script that takes pictures of the reference site fetches it.
 */
export const browserBundles = {
  chromium: {
    title: "Chromium",
    suite: "bookworm",
    packages: [
      ...["chromium-headless-shell", "chromium-common", "fonts-dejavu-core"],
      ...["libasound2", "libatk1.0-0", "libatspi2.0-0", "libdav1d6", "libdbus-1-3", "libdouble-conversion3"],
      ...["libexpat1", "libfontconfig1", "libfreetype6", "libgbm1", "libdrm2", "libwayland-server0", "libglib2.0-0"],
      ...["libharfbuzz0b", "libharfbuzz-subset0", "libgraphite2-3", "libbrotli1", "libpng16-16", "libjpeg62-turbo"],
      ...["libminizip1", "libnspr4", "libnss3", "libsqlite3-0", "libopenh264-7", "libopus0", "libflac12", "libogg0"],
      ...["libpulse0", "libasyncns0", "libsndfile1", "libvorbis0a", "libvorbisenc2", "libmp3lame0", "libmpg123-0"],
      ...["libx11-6", "libxau6", "libxcb1", "libxcomposite1", "libxdamage1", "libxdmcp6", "libxext6", "libxfixes3"],
      ...["libxi6", "libxkbcommon0", "libxnvctrl0", "libxrandr2", "libxrender1", "libbsd0", "libffi8"],
    ],
    version: /^\d+\./,
    binary: "usr/lib/chromium/chromium-headless-shell",
  },
} as const satisfies Record<string, Bundle>;

export type BundleName = keyof typeof bundles | keyof typeof goBundles | keyof typeof browserBundles;

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
