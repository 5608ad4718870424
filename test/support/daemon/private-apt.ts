import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type AptSource,
  type DebianArchive,
  findDebianArchive,
  formatSources,
  parseListFile,
  parseSourcesFile,
} from "./apt-sources.js";

const execute = promisify(execFile);

/** Debian's archive as this machine's own apt sources name it; `undefined` on a machine that is not Debian. */
export async function machineArchive(): Promise<DebianArchive | undefined> {
  const parts = "/etc/apt/sources.list.d";
  const files = await readdir(parts).catch(() => []);
  const paths = ["/etc/apt/sources.list", ...files.sort().map((file) => join(parts, file))];
  const sources = await Promise.all(paths.map(readSources));
  return findDebianArchive(sources.flat());
}

async function readSources(path: string): Promise<AptSource[]> {
  const text = () => readFile(path, "utf8").catch(() => "");
  if (path.endsWith(".sources")) return parseSourcesFile(await text());
  return path.endsWith(".list") ? parseListFile(await text()) : [];
}

/** An apt with lists, cache and sources of its own: it downloads packages of any suite and installs nothing. */
export class PrivateApt {
  readonly #config: string;

  private constructor(config: string) {
    this.#config = config;
  }

  /** Sets it up in an empty folder and reads the suites' lists. */
  static async in(dir: string, archive: DebianArchive, suites: readonly string[]): Promise<PrivateApt> {
    const architecture = await run("dpkg", ["--print-architecture"], dir);
    const [sources, config] = [join(dir, "debian.sources"), join(dir, "apt.conf")];
    await mkdir(join(dir, "state/lists/partial"), { recursive: true });
    await mkdir(join(dir, "cache/archives/partial"), { recursive: true });
    await writeFile(sources, formatSources(archive, suites, architecture.trim()));
    await writeFile(config, formatConfig(dir, sources));
    const apt = new PrivateApt(config);
    await apt.#run("update", [], dir);
    return apt;
  }

  /** Downloads a package into an empty folder, unpacks it into another, and gives its version. */
  async unpack(name: string, suite: string, download: string, into: string): Promise<string> {
    await mkdir(download, { recursive: true });
    await this.#run("download", [`${name}/${suite}`], download);
    const [file = "no file"] = await readdir(download);
    await run("dpkg", ["-x", file, into], download);
    const version = await run("dpkg-deb", ["--field", file, "Version"], download);
    return version.trim();
  }

  #run(command: string, args: readonly string[], cwd: string): Promise<string> {
    return run("apt-get", ["-q", "-c", this.#config, command, ...args], cwd);
  }
}

// The hooks of APT::Update are the machine's own business (cleaning its cache, telling its desktop).
function formatConfig(dir: string, sources: string): string {
  return `#clear APT::Update;
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
Acquire::Languages { "none"; };
Acquire::Retries "3";
Dir::State "${dir}/state";
Dir::State::status "/dev/null";
Dir::Cache "${dir}/cache";
Dir::Etc::sourcelist "${sources}";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
`;
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd, env: { ...process.env, LC_ALL: "C.UTF-8" } });
    return stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}: ${reason(program, error)}`, { cause: error });
  }
}

function reason(program: string, error: unknown): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string }; // of execFile
  if (code === "ENOENT") return `there is no ${program}, so this machine is not Debian`;
  const text = (stderr || message).trim();
  return program === "apt-get" ? `${text}\nAre the network and the mirror of this machine's apt sources there?` : text;
}
