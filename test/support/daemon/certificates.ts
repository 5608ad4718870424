import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool, type TlsTools, tlsTools } from "./tls-tools.js";

/** A certificate and its key, as PEM text. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Fresh certificates, good and bad, for both ends of a connection to this machine. */
export interface Certificates {
  /** The authority behind all the others but those named `stranger`. */
  readonly ca: string;
  /** An authority that nobody here trusts. */
  readonly strangerCa: string;
  /** For `localhost` and `127.0.0.1`. */
  readonly server: KeyPair;
  /** As `server`, valid until yesterday. */
  readonly expiredServer: KeyPair;
  /** As `server`, for another host name only. */
  readonly otherHostServer: KeyPair;
  readonly client: KeyPair;
  /** A client's, signed by `strangerCa`. */
  readonly strangerClient: KeyPair;
}

interface Authority {
  readonly cert: string;
  readonly certPath: string;
  readonly keyPath: string;
}

const here = "subjectAltName=DNS:localhost,IP:127.0.0.1";
const elsewhere = "subjectAltName=DNS:elsewhere.example";

/**
 * Makes all certificates anew; keys live in memory and, meanwhile, in a temporary folder.
 *
 * Node has no function that signs certificates, and the openssl that comes with nginx saves a dependency.
 */
export async function makeCertificates(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), "certificates-"));
  try {
    const openssl = await Openssl.in(dir);
    const [ca, stranger] = await Promise.all([openssl.authority("ca"), openssl.authority("stranger")]);
    const [server, expiredServer, otherHostServer, client, strangerClient] = await Promise.all([
      openssl.signed("server", ca, here),
      openssl.signed("expired", ca, here, -1),
      openssl.signed("other-host", ca, elsewhere),
      openssl.signed("client", ca, "extendedKeyUsage=clientAuth"),
      openssl.signed("stranger-client", stranger, "extendedKeyUsage=clientAuth"),
    ]);
    const authorities = { ca: ca.cert, strangerCa: stranger.cert };
    return { ...authorities, server, expiredServer, otherHostServer, client, strangerClient };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

class Openssl {
  readonly #dir: string;
  readonly #tools: TlsTools;

  private constructor(dir: string, tools: TlsTools) {
    this.#dir = dir;
    this.#tools = tools;
  }

  static async in(dir: string): Promise<Openssl> {
    await writeFile(join(dir, "openssl.cnf"), "[req]\ndistinguished_name=name\n[name]\n"); // the least that it accepts
    return new Openssl(dir, await tlsTools());
  }

  async authority(name: string): Promise<Authority> {
    const [certPath, keyPath] = [this.#path(name, "pem"), this.#path(name, "key")];
    const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
    await this.#request(name, keyPath, extensions, ["-x509", "-days", "2", "-out", certPath]);
    return { cert: await readFile(certPath, "utf8"), certPath, keyPath };
  }

  async signed(name: string, { certPath, keyPath }: Authority, extension: string, days = 2): Promise<KeyPair> {
    const [request, key] = [this.#path(name, "csr"), this.#path(name, "key")];
    await this.#request(name, key, [extension], ["-new", "-out", request]);
    const signer = ["-CA", certPath, "-CAkey", keyPath, "-days", `${days}`, "-copy_extensions", "copy"];
    return { cert: await this.#run(["x509", "-req", "-in", request, ...signer]), key: await readFile(key, "utf8") };
  }

  #request(name: string, keyPath: string, extensions: readonly string[], args: readonly string[]): Promise<string> {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyPath];
    const config = ["-config", this.#path("openssl", "cnf"), "-subj", `/CN=${name}`];
    return this.#run(["req", ...config, ...key, ...extensions.flatMap((value) => ["-addext", value]), ...args]);
  }

  #path(name: string, extension: string): string {
    return join(this.#dir, `${name}.${extension}`);
  }

  #run(args: readonly string[]): Promise<string> {
    return runTool(this.#tools, this.#tools.openssl, args);
  }
}
