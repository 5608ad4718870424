import { requestOf } from "../codec/encoded-request.js";
import { versionResponse } from "../codec/responses.js";
import type { Call } from "../rpc/call.js";
import { RpcFailure } from "../rpc/failure.js";
import { unsure } from "../rpc/hint.js";
import { type Channel, type Invoker, intercepted } from "../rpc/invoker.js";
import { VERSION } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { isAtLeast } from "../util/version.js";
import { silenceHint } from "./call-hint.js";

interface Requirement {
  readonly feature: string;
  readonly since: readonly [major: number, minor: number];
  /** What to do on an older server. */
  readonly otherwise: string;
}

/** Features that older servers would silently ignore, so that they must not be sent to them. */
const CONDITIONAL_DELETE: Requirement = {
  feature: "delete with ifTarget",
  since: [2, 0],
  otherwise: 'let the client compare: ifTarget: { digest, fallback: "check-then-delete" }',
};
const SOURCE_DATE_EPOCH: Requirement = {
  feature: "sourceDateEpoch",
  since: [1, 7],
  otherwise: "leave sourceDateEpoch out",
};

/**
 * After so many connections in a row that ended after the version was read, the peer is said to end every connection.
 */
const MAX_CONNECTIONS = 3;

/**
 * Rejects requests that use a feature which the server would ignore.
 *
 * A server before 2.0 ignores the target of a delete and deletes anyway; one before 1.7 ignores `source_date_epoch`.
 * The request is sent on the connection on which the version was read, because a version that was read on another
 * connection proves nothing: an older daemon may have replaced that one, or listen behind the same proxy. The version
 * is read once for each object that the channel gives for a connection. The gate checks the bytes that will be sent, so
 * it works for `raw` too.
 */
export function versionGate(next: Channel): Channel {
  const versions = new WeakMap<object, string>();
  return intercepted(next, {
    unary: (request, call, decoder) => {
      const requirement = requirementOf(request);
      if (requirement === undefined) return next.unary(request, call, decoder);
      return gated(requirement, () =>
        next.pinned(call, async (invoker, connection) => {
          const known = versions.get(connection);
          const version = known ?? (await readVersion(invoker, call));
          versions.set(connection, version);
          if (!isAtLeast(version, requirement.since)) throw tooOld(requirement, version);
          const response = invoker.unary(request, call, decoder);
          return known === undefined ? response.catch((error) => rethrowGone(requirement, error)) : response;
        }),
      );
    },
  });
}

/** The connection was ended between the response with the version and the request. */
class ConnectionGone {
  readonly failure: RpcFailure;

  constructor(failure: RpcFailure) {
    this.failure = failure;
  }
}

function rethrowGone(requirement: Requirement, error: unknown): never {
  if (!(error instanceof RpcFailure) || error.kind !== "broken") throw error;
  if (error.evidence === "never-sent") throw new ConnectionGone(error);
  // The request was sent before GOAWAY arrived. If this goes on until the retries end, a proxy does it each time.
  throw error.evidence === "refused" ? error.with({ hint: unsure(moreRequests(requirement)) }) : error;
}

function moreRequests({ otherwise }: Requirement): string {
  return `let the proxy allow more requests on a connection (in nginx keepalive_requests), or ${otherwise}`;
}

// A connection may end at any moment, but not several in a row right after their first response.
async function gated<T>(requirement: Requirement, send: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ConnectionGone)) throw error;
      if (round === MAX_CONNECTIONS) throw oneRequestOnly(requirement, error.failure);
    }
  }
}

function requirementOf(request: Request): Requirement | undefined {
  if (request.isConditional) return CONDITIONAL_DELETE;
  return request.sourceDateEpochNs === undefined ? undefined : SOURCE_DATE_EPOCH;
}

// Its failure is reported as never sent, because the request that waits for it was not sent.
async function readVersion(invoker: Invoker, call: Call): Promise<string> {
  try {
    return await invoker.unary(requestOf(VERSION), call, versionResponse);
  } catch (error) {
    if (!(error instanceof RpcFailure)) throw error;
    if (error.code === "unimplemented") return "";
    const message = `reading the server's version: ${error.message}`;
    throw error.with({ message, evidence: "never-sent", hint: error.hint ?? silenceHint(error) });
  }
}

function tooOld({ feature, since, otherwise }: Requirement, version: string): RpcFailure {
  const needs = `containerd ${since.join(".")} or newer`;
  const has = version === "" ? "a server that does not report its version" : `containerd ${version}`;
  return unsupported(
    `${feature} needs ${needs}, and this is ${has}`,
    `upgrade the server to ${needs}, or ${otherwise}`,
  );
}

function oneRequestOnly(requirement: Requirement, cause: RpcFailure): RpcFailure {
  const { feature, since } = requirement;
  const message =
    `${feature} needs two requests on one connection: the first reads whether the server is containerd ` +
    `${since.join(".")} or newer. The peer ended ${MAX_CONNECTIONS} connections after the first`;
  return unsupported(message, moreRequests(requirement), cause);
}

function unsupported(message: string, hint: string, cause?: RpcFailure): RpcFailure {
  return new RpcFailure(`${message}; nothing was sent`, {
    code: "failed_precondition",
    evidence: "never-sent",
    kind: "unsupported",
    hint,
    cause,
  });
}
