import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { root } from "../docs/snippets.js";

const execute = promisify(execFile);

/** What a Dockerfile makes: the folder in which its program starts, and the command. */
export interface Built {
  readonly workdir: string;
  readonly command: readonly string[];
}

interface Stage {
  readonly folder: string;
  workdir: string;
  command: readonly string[];
}

/**
 * Does what a Dockerfile says, below a folder and without Docker: each stage is a folder. It knows the instructions
 * that our Dockerfile uses, and rejects all others.
 *
 * In place of `npm ci`, which needs a network, it links the packages that are installed here.
 */
export async function build(dockerfile: string, folder: string): Promise<Built> {
  const stages = new Map<string, Stage>();
  for (const [instruction, rest] of instructionsOf(dockerfile)) {
    if (instruction === "FROM") {
      const name = / AS (\S+)$/.exec(rest)?.[1] ?? "last";
      stages.set(name, { folder: join(folder, name), workdir: join(folder, name), command: [] });
    } else await apply(instruction, rest, stages);
  }
  const last = [...stages.values()].at(-1);
  if (last === undefined) throw new Error(`there is no stage in ${dockerfile}`);
  return last;
}

function instructionsOf(dockerfile: string): (readonly [instruction: string, rest: string])[] {
  const lines = readFileSync(dockerfile, "utf8").split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]);
}

async function apply(instruction: string, rest: string, stages: ReadonlyMap<string, Stage>): Promise<void> {
  const stage = [...stages.values()].at(-1);
  if (stage === undefined) throw new Error(`${instruction} stands before FROM`);
  if (instruction === "WORKDIR") {
    stage.workdir = join(stage.folder, rest);
    mkdirSync(stage.workdir, { recursive: true });
  } else if (instruction === "COPY") copy(rest.split(" "), stage, stages);
  else if (instruction === "RUN") await run(rest, stage.workdir);
  else if (instruction === "CMD") stage.command = JSON.parse(rest) as string[];
  else if (instruction !== "ENV") throw new Error(`${instruction} ${rest}: not known here`);
}

function copy(words: readonly string[], stage: Stage, stages: ReadonlyMap<string, Stage>): void {
  const from = /^--from=(.+)$/.exec(words[0] ?? "")?.[1];
  const source = from === undefined ? root : stages.get(from)?.folder;
  if (source === undefined) throw new Error(`there is no stage ${from}`);
  const paths = words.slice(from === undefined ? 0 : 1);
  const to = paths.at(-1) ?? "";
  for (const path of paths.slice(0, -1)) {
    const target = resolve(stage.workdir, to, ...(to.endsWith("/") ? [basename(path)] : []));
    cpSync(join(source, path), target, { recursive: true });
  }
}

async function run(command: string, workdir: string): Promise<void> {
  if (command === "npm ci") symlinkSync(join(root, "node_modules"), join(workdir, "node_modules"));
  else if (command === "npm ci --omit=dev") linkDependencies(workdir);
  else await execute("sh", ["-ec", command], { cwd: workdir });
}

/** Only what the package.json of that folder calls a dependency can be imported there. */
function linkDependencies(workdir: string): void {
  const { dependencies } = JSON.parse(readFileSync(join(workdir, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    const link = join(workdir, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
}
