import { versionResponse } from "../codec/responses.js";
import { hasField } from "../codec/scan.js";
import type { Call } from "../rpc/call.js";
import { RpcFailure } from "../rpc/failure.js";
import { CREATE, DELETE, type Method, UPDATE, VERSION } from "../rpc/method.js";
import type { Channel, Invoker } from "../rpc/invoker.js";

interface Requirement {
  readonly feature: string;
  readonly since: readonly [major: number, minor: number];
}

/** What older servers would silently ignore, and so must never be sent. */
const CONDITIONAL_DELETE: Requirement = { feature: "delete with ifTarget", since: [2, 0] };
const SOURCE_DATE_EPOCH: Requirement = { feature: "sourceDateEpoch", since: [1, 7] };

/**
 * Holds back what the server would not honour.
 *
 * A server before 2.0 ignores the target of a delete and deletes anyway; one before 1.7 ignores `source_date_epoch`.
 * The version is read once per connection, and the request goes on the connection that answered. It looks at the
 * bytes that will be sent, so it holds for `raw` too.
 */
export function versionGate(engine: Channel): Invoker {
  const versions = new WeakMap<object, string>();
  return {
    unary: (method, request, call, decoder) => {
      const requirement = requirementOf(method, request);
      if (requirement === undefined) return engine.unary(method, request, call, decoder);
      return engine.pinned(call, async (wire, connection) => {
        const version = versions.get(connection) ?? (await readVersion(wire, call));
        versions.set(connection, version);
        if (!isAtLeast(version, requirement.since)) throw unsupported(requirement, version);
        return wire.unary(method, request, call, decoder);
      });
    },
  };
}

function requirementOf(method: Method, request: Uint8Array): Requirement | undefined {
  if (method === DELETE && hasField(request, 3)) return CONDITIONAL_DELETE;
  if (method === CREATE && hasField(request, 2)) return SOURCE_DATE_EPOCH;
  if (method === UPDATE && hasField(request, 3)) return SOURCE_DATE_EPOCH;
  return undefined;
}

// The gated request itself has not been sent, whatever became of this one.
async function readVersion(wire: Invoker, call: Call): Promise<string> {
  try {
    return await wire.unary(VERSION, new Uint8Array(), call, versionResponse);
  } catch (error) {
    if (!(error instanceof RpcFailure)) throw error;
    if (error.code === "unimplemented") return "";
    throw new RpcFailure(`reading the server's version: ${error.message}`, {
      ...error,
      evidence: "never-sent",
      cause: error.cause,
    });
  }
}

/** Whether `version`, as containerd and its packagers write it, is at least `since`; an unreadable one is not. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const numbers = /^v?(\d+)\.(\d+)/.exec(version);
  if (numbers === null) return false;
  const [serverMajor, serverMinor] = [Number(numbers[1]), Number(numbers[2])];
  return serverMajor > major || (serverMajor === major && serverMinor >= minor);
}

function unsupported({ feature, since }: Requirement, version: string): RpcFailure {
  const needs = `containerd ${since.join(".")} or newer`;
  const has = version === "" ? "a server that does not tell its version" : `containerd ${version}`;
  return new RpcFailure(`${feature} needs ${needs}, and this is ${has}; nothing was sent`, {
    code: "failed_precondition",
    evidence: "never-sent",
    kind: "unsupported",
    hint: `upgrade the server to ${needs}, or leave ${feature.split(" ").at(-1)} out`,
  });
}
