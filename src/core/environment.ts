import { ValidationError } from "../errors.js";
import type { ImagesClientOptions } from "../options.js";
import { invalid } from "../schema/validate.js";

type Env = Readonly<Record<string, string | undefined>>;

const VARIABLES = { address: "CONTAINERD_ADDRESS", namespace: "CONTAINERD_NAMESPACE" } as const;

type OptionWithVariable = keyof typeof VARIABLES;

function hasVariable(option: string): option is OptionWithVariable {
  return Object.hasOwn(VARIABLES, option);
}

/** The value of an option's variable; `undefined` if it is unset or empty. */
function valueFrom(env: Env, option: OptionWithVariable): string | undefined {
  return env[VARIABLES[option]] || undefined;
}

/** Client options from the environment variables that `ctr` reads; options that are given override them. */
export function clientOptionsFromEnv(overrides: Partial<ImagesClientOptions>, env: Env): ImagesClientOptions {
  const { namespace = valueFrom(env, "namespace") ?? "default", address = valueFrom(env, "address") } = overrides;
  // With a transport or a function that dials there is no address.
  const hasAddress = overrides.transport === undefined && overrides.dial === undefined;
  return hasAddress ? { ...overrides, namespace, address } : { ...overrides, namespace };
}

/** The result of `make`. The error for a value that comes from a variable names the variable. */
export function namingVariables<T>(overrides: Partial<ImagesClientOptions>, env: Env, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const issues = error.issues.map(({ path, message }) => {
      const isVariable = hasVariable(path) && overrides[path] === undefined && valueFrom(env, path);
      return { path, message: isVariable ? `${message} (from ${VARIABLES[path]})` : message };
    });
    throw invalid(issues, error, { unlisted: error.issueCount - issues.length, cause: error.cause });
  }
}
