import { spawnSync } from "node:child_process";

const log = `
  import { writeSync } from "node:fs";
  export async function load(url, context, next) {
    writeSync(2, "loads " + url + "\\n");
    return next(url, context);
  }`;
const hooks = `
  import { register } from "node:module";
  register(${JSON.stringify(dataUrl(log))});`;

/** The addresses of all modules that a program loads. */
export function loadedModules(program: string, args: readonly string[]): readonly string[] {
  const { status, stderr } = spawnSync(process.execPath, ["--import", dataUrl(hooks), program, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  return [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url = ""]) => url);
}

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
