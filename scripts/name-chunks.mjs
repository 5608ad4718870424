import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * Gives the chunks that esbuild has written, such as `chunk-2B4QB4VO.js`, readable names. A chunk is called after the
 * source that makes up most of it and whose name is free; after a library only if it has no source of our own.
 */
export function nameChunks(folder, { outputs }) {
  const names = namesOf(Object.entries(outputs).filter(([path]) => path.endsWith(".js")));
  const rename = (text) => text.replace(/\bchunk-[A-Z0-9]{8}\b/g, (chunk) => names.get(chunk));
  for (const path of Object.keys(outputs)) {
    const file = join(folder, basename(path));
    writeFileSync(file, rename(readFileSync(file, "utf8")));
    renameSync(file, join(folder, rename(basename(path))));
  }
}

function namesOf(outputs) {
  const isChunk = ([path]) => basename(path).startsWith("chunk-");
  const taken = new Set(outputs.filter((output) => !isChunk(output)).map(([path]) => basename(path, ".js")));
  const names = new Map();
  for (const [path, { inputs }] of outputs.filter(isChunk).sort(([, a], [, b]) => b.bytes - a.bytes)) {
    const name = nameFor(inputs, taken);
    taken.add(name);
    names.set(basename(path, ".js"), name);
  }
  return names;
}

function nameFor(inputs, taken) {
  const isLibrary = (path) => path.includes("node_modules/");
  const largestFirst = Object.entries(inputs)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .sort(([a], [b]) => Number(isLibrary(a)) - Number(isLibrary(b)));
  // esbuild's own helpers have no source.
  const names = [...largestFirst.map(([path]) => stemOf(path)), "esbuild-helpers"];
  return names.find((name) => !taken.has(name));
}

function stemOf(path) {
  const library = /node_modules\/(?:@[^/]+\/)?([^/]+)/.exec(path);
  return library?.[1] ?? basename(path, ".ts");
}
