import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findDebianArchive, formatSources, parseListFile, parseSourcesFile } from "../../support/daemon/apt-sources.js";

const uri = "http://mirror.example/debian";

describe("apt sources", () => {
  it("one-line entries, with and without options", () => {
    const text = `
# deb http://commented.example/debian bookworm main
deb ${uri} bookworm main contrib # trailing remark
deb-src ${uri} bookworm main
deb [ arch=amd64 signed-by=/usr/share/keyrings/a.gpg ] ${uri} trixie main
nonsense
`;
    const common = { uris: [uri], signedBy: undefined };
    assert.deepEqual(parseListFile(text), [
      { ...common, types: ["deb"], suites: ["bookworm"], components: ["main", "contrib"] },
      { ...common, types: ["deb-src"], suites: ["bookworm"], components: ["main"] },
      {
        types: ["deb"],
        uris: [uri],
        suites: ["trixie"],
        components: ["main"],
        signedBy: "/usr/share/keyrings/a.gpg",
      },
    ]);
  });

  it("deb822 entries: comments, lists, letter case, disabled ones", () => {
    const text = `Types: deb deb-src
# a remark between fields
URIs: ${uri} http://second.example/debian/
suites: bookworm
  bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/a.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;
    assert.deepEqual(parseSourcesFile(text), [
      {
        types: ["deb", "deb-src"],
        uris: [uri, "http://second.example/debian/"],
        suites: ["bookworm", "bookworm-updates"],
        components: ["main"],
        signedBy: "/usr/share/keyrings/a.gpg",
      },
    ]);
  });

  it("a key block inside an entry comes through to the written source", () => {
    const key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----";
    const text = `Types: deb\nURIs: ${uri}\nSuites: stable\nComponents: main\nSigned-By:\n ${key}\n`;
    const archive = findDebianArchive(parseSourcesFile(text));
    assert.deepEqual(archive, { uri, signedBy: key });
    const written = formatSources({ uri, signedBy: key }, ["sid"], "arm64");
    assert.deepEqual(parseSourcesFile(written), [
      { types: ["deb"], uris: [uri], suites: ["sid"], components: ["main"], signedBy: key },
    ]);
    assert.match(written, /^Architectures: arm64$/m);
  });

  it("the archive is neither security nor updates nor a third party's", () => {
    const list = `
deb http://third.example/apt bookworm main
deb http://tool.example/node nodistro main
deb http://mirror.example/debian-security bookworm-security main
deb http://mirror.example/debian bookworm-updates main
deb http://mirror.example/debian bookworm non-free
deb-src http://source.example/debian bookworm main
deb ${uri}/ bookworm main
`;
    assert.deepEqual(findDebianArchive(parseListFile(list)), { uri: `${uri}/`, signedBy: undefined });
  });

  it("a mirror under another path is taken when there is nothing better", () => {
    const list = "deb [signed-by=/k.gpg] http://proxy.example/remote/deb-main stable main";
    const expected = { uri: "http://proxy.example/remote/deb-main", signedBy: "/k.gpg" };
    assert.deepEqual(findDebianArchive(parseListFile(list)), expected);
  });

  it("no archive on a machine that is not Debian", () => {
    assert.equal(findDebianArchive(parseListFile("deb http://archive.example/ubuntu noble main")), undefined);
    assert.equal(findDebianArchive(parseSourcesFile("")), undefined);
  });

  it("without a key of its own, a source leaves the choice to apt", () => {
    assert.doesNotMatch(formatSources({ uri }, ["bookworm", "sid"], "amd64"), /Signed-By/);
    assert.match(formatSources({ uri }, ["bookworm", "sid"], "amd64"), /^Suites: bookworm sid$/m);
  });
});
