import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchBundle } from "./fetch.js";
import { freePort } from "./free-port.js";
import { libraryFolders } from "./library-folders.js";
import { childrenOf, stopAll } from "./pid-namespace.js";
import { accepts, ServerProcess } from "./server-process.js";

/** An OpenSSH server on loopback, with keys and a configuration of its own. */
export interface SshServer {
  readonly port: number;
  /** The private key with which the user root logs in, in a file. */
  readonly keyFile: string;
  /** The fingerprint of the server's key, as `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly hostFingerprint: string;
  /** A folder for the front of PATH: its `ssh` knows the server by the name `node`. */
  readonly binFolder: string;
  /** The processes that each serve one connection, by the ids they have here. */
  sessions(): readonly number[];
  log(): string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an sshd of Debian, and resolves when it accepts connections. `settings` are lines of its configuration.
 *
 * It needs root. It writes to its temporary folder only. All its processes die with this one, however this one ends.
 */
export async function startSshServer(settings: readonly string[] = []): Promise<SshServer> {
  const bundle = await fetchBundle("openssh");
  const libraries = (await libraryFolders(bundle)).join(":");
  const port = await freePort();
  const server = new ServerProcess("sshd-");
  const { dir } = server;
  const keyFile = join(dir, "user_key");
  const hostKey = join(dir, "host_key");
  for (const file of [keyFile, hostKey]) await makeKey(bundle, libraries, file);
  writeFileSync(join(dir, "sshd_config"), serverConfig(dir, port, settings));
  writeFileSync(join(dir, "passwd"), withUser(readFileSync("/etc/passwd", "utf8")));
  // The key has the rights that docs/remote.md advises.
  const rights = 'restrict,port-forwarding,command="/bin/false"';
  writeFileSync(join(dir, "authorized_keys"), `${rights} ${readFileSync(`${keyFile}.pub`, "utf8")}`);
  const binFolder = writeClient(dir, bundle, libraries, port);
  const sshd = [join(bundle, "usr/sbin/sshd"), "-D", "-e", "-f", join(dir, "sshd_config")];
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
  await server.start({
    title: "sshd",
    command: ["unshare", ...namespaces, "sh", "-c", PRIVATE_MOUNTS, join(dir, "passwd"), ...sshd],
    env: { LD_LIBRARY_PATH: libraries },
    isReady: () => accepts({ host: "127.0.0.1", port }),
  });
  const [listener = 0] = childrenOf(server.pid);
  return {
    port,
    keyFile,
    hostFingerprint: fingerprintOf(readFileSync(`${hostKey}.pub`, "utf8")),
    binFolder,
    sessions: () => childrenOf(listener),
    log: () => server.log(),
    stop: () => stopAll(server),
    [Symbol.asyncDispose]: () => stopAll(server),
  };
}

// sshd wants an empty folder /run/sshd and a user sshd. Only its own mount namespace has them.
const PRIVATE_MOUNTS = `set -e
mount -t tmpfs none /run
mkdir -m 755 /run/sshd
mount --bind "$0" /etc/passwd
exec "$@"`;

function withUser(passwd: string): string {
  if (/^sshd:/m.test(passwd)) return passwd;
  return `${passwd.trimEnd()}\nsshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`;
}

function serverConfig(dir: string, port: number, settings: readonly string[]): string {
  // sshd takes the first value of each setting.
  return `${settings.join("\n")}
Port ${port}
ListenAddress 127.0.0.1
HostKey ${dir}/host_key
PidFile none
AuthorizedKeysFile ${dir}/authorized_keys
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
UseDNS no
MaxStartups 100
AllowStreamLocalForwarding yes
`;
}

/** Writes a program `ssh`, with the settings that people keep in `~/.ssh/config`. */
function writeClient(dir: string, bundle: string, libraries: string, port: number): string {
  const hostKey = readFileSync(join(dir, "host_key.pub"), "utf8");
  writeFileSync(join(dir, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
  const config = `Host node
HostName 127.0.0.1
Port ${port}
User root
IdentityFile ${dir}/user_key
IdentitiesOnly yes
UserKnownHostsFile ${dir}/known_hosts
StrictHostKeyChecking yes
`;
  writeFileSync(join(dir, "ssh_config"), config);
  const binFolder = join(dir, "bin");
  mkdirSync(binFolder);
  const program = `#!/bin/sh
export LD_LIBRARY_PATH='${libraries}'
exec '${join(bundle, "usr/bin/ssh")}' -F '${dir}/ssh_config' "$@"
`;
  writeFileSync(join(binFolder, "ssh"), program);
  chmodSync(join(binFolder, "ssh"), 0o755);
  return binFolder;
}

async function makeKey(bundle: string, libraries: string, file: string): Promise<void> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file];
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  await promisify(execFile)(join(bundle, "usr/bin/ssh-keygen"), args, { env });
}

function fingerprintOf(publicKey: string): string {
  const [, bytes = ""] = publicKey.split(" ");
  const hash = createHash("sha256").update(Buffer.from(bytes, "base64")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}
