// Opens connections to a containerd on another host with the npm package `ssh2`, for the option `dial`. See
// docs/remote.md.
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Dial, ErrorCode } from "containerd-images";
import { Client, type ConnectConfig } from "ssh2";

export interface SshHostOptions extends ConnectConfig {
  /** The fingerprint of the server's key, as `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly hostFingerprint: string;
  /** The socket on the other host, if it is not containerd's usual one. */
  readonly socket?: string;
}

/**
 * One ssh connection to a host, which is opened when a client dials, and again after it was lost. Each dial opens a
 * channel of it. While it is open, it keeps this process alive: dispose of it after the clients.
 */
export class SshHost implements Disposable {
  readonly #options: SshHostOptions;
  #login: Promise<Client> | undefined;
  #isDisposed = false;

  constructor(options: SshHostOptions) {
    if (!options.hostFingerprint.startsWith("SHA256:")) throw new Error(NO_FINGERPRINT);
    this.#options = options;
  }

  /** The value for the option `dial`. */
  readonly dial: Dial = async () => {
    if (this.#isDisposed) throw final("failed_precondition", "the ssh connection was disposed of");
    this.#login ??= this.#logIn();
    return openChannel(await this.#login, this.#options.socket ?? "/run/containerd/containerd.sock");
  };

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#login?.then(
      (ssh) => ssh.end(),
      () => undefined, // the dial has reported it
    );
  }

  #logIn(): Promise<Client> {
    const login = logIn(this.#options, () => {
      if (this.#login === login) this.#login = undefined;
    });
    return login;
  }
}

const NO_FINGERPRINT =
  "the fingerprint of the host's key is missing: SHA256:…, as `ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub` on the host prints it";

/** An error with which the client does not dial again. */
function final(code: ErrorCode, message: string, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/** Connects and authenticates. `ended` is called when the connection has failed or ended, perhaps twice. */
async function logIn({ hostFingerprint, ...config }: SshHostOptions, ended: () => void): Promise<Client> {
  const ssh = new Client();
  let shown = hostFingerprint;
  try {
    await new Promise<void>((resolve, reject) => {
      ssh.on("ready", resolve);
      // It stays, because an error without a listener ends the process.
      ssh.on("error", (error) => reject(shown === hostFingerprint ? loginError(error) : anotherKey(shown, error)));
      ssh.on("close", () => {
        ended();
        reject(new Error("the ssh connection was closed"));
      });
      ssh.connect({
        readyTimeout: 10_000, // until the login must be complete; 20 s by default
        keepaliveInterval: 5_000, // it ends about 15 s after the other side became silent
        keepaliveCountMax: 2,
        ...config,
        // Without it, ssh2 accepts every server.
        hostVerifier: (key: Buffer) => {
          shown = fingerprintOf(key);
          return shown === hostFingerprint;
        },
      });
    });
    ssh.setNoDelay(true); // without it, each call takes 40 ms longer
    return ssh;
  } catch (error) {
    ssh.destroy();
    ended();
    throw error;
  }
}

function loginError(error: Error & { readonly level?: string }): Error {
  if (error.level !== "client-authentication") return error;
  return final("unauthenticated", `the host refuses the user or the key: ${error.message}`, error);
}

function anotherKey(shown: string, cause: Error): Error {
  return final("unauthenticated", `the host has the key ${shown}, not the one that was expected`, cause);
}

/** sshd reports the same error for all of them. */
const REASONS = "containerd is down, there is no such socket, or sshd forbids it (AllowStreamLocalForwarding)";

function openChannel(ssh: Client, socket: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    ssh.openssh_forwardOutStreamLocal(socket, (error, channel) => {
      if (error) reject(new Error(`the host does not connect to ${socket}: ${REASONS}`, { cause: error }));
      else resolve(channel);
    });
  });
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
