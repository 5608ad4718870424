import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname } from "node:path";
import { compileFunction, createContext, runInContext } from "node:vm";

type Load = (specifier: string) => unknown;
type Globals = Readonly<Record<string, unknown>>;

/**
 * Runs a CommonJS module as Jest does: it, and all that it requires, in a realm of its own, whose `Error` and `Promise`
 * are not those of Node's own modules. `globals` are there beside Node's.
 */
export function runInRealm(source: string, path: string, globals: Globals): unknown {
  const realm = createContext({});
  const builtIn = runInContext("Object.getOwnPropertyNames(globalThis)", realm);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!builtIn.includes(name)) realm[name] = Reflect.get(globalThis, name);
  }
  Object.assign(realm, { Uint8Array, ArrayBuffer }, globals); // Node's, as in Jest

  const loaded = new Map<string, { exports: unknown }>();
  const evaluate = (source: string, path: string) => {
    const module = { exports: {} };
    loaded.set(path, module);
    const own = createRequire(path);
    const load: Load = (specifier) => (isBuiltin(specifier) ? own(specifier) : requireFile(own.resolve(specifier)));
    const parameters = ["module", "exports", "require", "__filename", "__dirname"];
    const run = compileFunction(source, parameters, { parsingContext: realm, filename: path });
    run.call(
      module.exports,
      module,
      module.exports,
      Object.assign(load, { resolve: own.resolve }),
      path,
      dirname(path),
    );
    return module.exports;
  };
  const requireFile = (path: string) => loaded.get(path)?.exports ?? evaluate(readFileSync(path, "utf8"), path);
  return evaluate(source, path);
}
