import { ValidationError } from "../errors.js";
import type { ImagesClientOptions } from "../options.js";
import { invalid } from "../schema/validate.js";

type Env = Readonly<Record<string, string | undefined>>;

const VARIABLES = { address: "CONTAINERD_ADDRESS", namespace: "CONTAINERD_NAMESPACE" } as const;

type OptionWithVariable = keyof typeof VARIABLES;

function hasVariable(option: string): option is OptionWithVariable {
  return Object.hasOwn(VARIABLES, option);
}

/** The variable that is read because an option is not given; `undefined` if it is unset or empty. */
function fromVariable(
  option: OptionWithVariable,
  overrides: Partial<ImagesClientOptions>,
  env: Env,
): string | undefined {
  return overrides[option] === undefined ? env[VARIABLES[option]] || undefined : undefined;
}

/** Client options from the environment variables that `ctr` reads; options that are given override them. */
export function clientOptionsFromEnv(overrides: Partial<ImagesClientOptions>, env: Env): ImagesClientOptions {
  const { namespace = fromVariable("namespace", overrides, env) ?? "default" } = overrides;
  const { address = fromVariable("address", overrides, env) } = overrides;
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
      const isVariable = hasVariable(path) && fromVariable(path, overrides, env);
      return { path, message: isVariable ? `${message} (from ${VARIABLES[path]})` : message };
    });
    throw invalid(issues, error, { unlisted: error.issueCount - issues.length, cause: error.cause });
  }
}
