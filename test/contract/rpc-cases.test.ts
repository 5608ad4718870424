import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
} from "../../gen/containerd/services/images/v1/images_pb.js";
import {
  type Image,
  ImagesClient,
  isFilterSyntaxError,
  isImagesError,
  isValidationError,
  type Labels,
} from "../../src/index.js";
import { type Daemon, startDaemon, type Version, versions } from "../support/daemon/daemon.js";
import { RawConnection } from "../support/raw-cases/call.js";
import {
  checkCase,
  expectationOf,
  type RecordedVersion,
  type RpcCase,
  rpcCases,
} from "../support/raw-cases/rpc-cases.js";
import { type CaseCall, clientCall, expand, rawCall } from "./case-calls.js";
import { descriptor, freshNamespace, namesOf } from "./records.js";

const recorded = { "1.6": "1.6.20", "1.7": "1.7.24", "2.x": "2.1.9" } as const satisfies Record<
  Version,
  RecordedVersion
>;

/** One way to make the calls of the cases. */
interface Way {
  readonly call: (rpcCase: RpcCase) => CaseCall | undefined;
  /** Cases that it cannot express. */
  readonly inexpressible: readonly string[];
  /** Cases that the library rejects by its own rules before anything is sent. */
  readonly refused: ReadonlySet<string>;
  /** Cases whose result intentionally differs from the recorded one on these versions. */
  readonly differs: Readonly<Record<string, Partial<Record<Version, string>>>>;
}

const onAll = (code: string) => ({ "1.6": code, "1.7": code, "2.x": code });
const below20 = { "1.6": "failed_precondition", "1.7": "failed_precondition" };
const below17 = { "1.6": "failed_precondition" };

const noNamespace = ["r001", "r003", "r005", "r021", "r023"];
const onlyBytes = ["r097", "r099", "r109"];
const badNamespaces = ["r009", "r011", "r013", "r015"];
const sourceDates = { r081: below17, r083: below17 };

const ways = {
  client: {
    call: clientCall,
    inexpressible: [...noNamespace, ...onlyBytes, "r125", "r127"], // and masks that name a path twice
    refused: new Set([
      ...badNamespaces,
      ...["r045", "r047", "r049", "r051", "r053", "r057", "r059"], // digests
      ...["r061", "r065", "r067", "r069", "r073", "r075"], // other fields of a new record
      ...["r089", "r161", "r167", "r169"], // no name
      ...["r105", "r107"], // filters: bad syntax, bad regexp
      ...["r113", "r123", "r131", "r141", "r143", "r145", "r147", "r149", "r151", "r153", "r159"], // patches
      ...["r175", "r185", "r187"], // an empty digest to compare with, a bad target, an empty lease
      ...["r193", "r195", "r197", "r199"], // what would bring a daemon down
    ]),
    differs: {
      ...sourceDates,
      r085: { "1.6": "ok" }, // the client sends no times
      r171: below20,
      r173: onAll("failed_precondition"), // a Get tells "moved" from "gone"
      r177: below20,
      r181: { "2.x": "failed_precondition" }, // the record is there: it is the lease that is missing
    },
  },
  raw: {
    call: rawCall,
    inexpressible: [...noNamespace, ...onlyBytes],
    refused: new Set([...badNamespaces, "r175", "r187"]),
    differs: {
      ...sourceDates,
      r171: below20,
      r173: below20,
      r177: below20,
      // With the request guard, these requests have the same result as on containerd 1.6.
      r193: onAll("invalid_argument"),
      r195: onAll("invalid_argument"),
      r197: onAll("invalid_argument"),
      r199: onAll("not_found"),
    },
  },
} as const satisfies Record<string, Way>;

for (const version of versions) {
  describe(`probed calls on containerd ${version}`, () => {
    let daemon: Daemon;
    let images: ImagesClient;

    before(async () => {
      daemon = await startDaemon(version);
      images = new ImagesClient({ namespace: freshNamespace(), address: daemon.address });
      await images.create({ name: "first", target: descriptor("a") });
    });
    after(async () => {
      await images.close();
      await daemon.stop();
    });

    it("are answered as recorded when they are sent byte for byte", async () => {
      for (const rpcCase of rpcCases) {
        const expected = expectationOf(rpcCase, recorded[version]);
        if (expected.daemonCrashes === true) continue; // daemons of their own meet these where the bytes are tested
        using connection = new RawConnection(daemon.address);
        await checkCase(rpcCase, connection, recorded[version]);
      }
    });

    for (const [name, way] of Object.entries(ways)) {
      it(`are answered as recorded when they are made by ${name}`, async () => {
        for (const rpcCase of rpcCases) {
          const call = way.call(rpcCase);
          if (call !== undefined) await checkCall(rpcCase, call, way, version, images);
        }
        assert.ok(daemon.alive());
      });
    }
  });
}

describe("probed calls", () => {
  for (const [name, way] of Object.entries(ways)) {
    it(`all but a few can be made by ${name}`, () => {
      const without = rpcCases.filter((rpcCase) => way.call(rpcCase) === undefined).map(({ id }) => id);
      assert.deepEqual(without.toSorted(), [...way.inexpressible].sort());
      assert.equal(rpcCases.length, 100);
    });
  }
});

/** Makes one call in a new namespace, and checks its response and the records after it. */
async function checkCall(rpcCase: RpcCase, call: CaseCall, way: Way, version: Version, images: ImagesClient) {
  const { id } = rpcCase;
  const title = `${id} ${rpcCase.title}`;
  const scope = namespaceScope(rpcCase, images);
  if (scope !== undefined) await setUp(rpcCase, scope);
  const before = (await scope?.list()) ?? [];
  const result = await resultOf(async () => call(leaseScope(rpcCase, scope)));
  const after = (await scope?.list()) ?? [];

  const differing = way.differs[id]?.[version];
  const expected = expectationOf(rpcCase, differing === "ok" ? "2.1.9" : recorded[version]);
  const code = way.refused.has(id) ? "refused" : (differing ?? expected.code?.toLowerCase());
  assert.equal(result.code, code, `${title}: ${result.message}`);
  if (code === expected.code?.toLowerCase()) {
    const { image, images: list } = expected.response ?? {};
    const answer = image === undefined ? ((list ?? []) as JsonValue[]) : [image]; // as the file says
    const isByName = typeof answer[0] === "string";
    if (isByName) assert.deepEqual(namesOf(result.images), answer, title);
    else if (code === "ok") assert.deepEqual(result.images, resolve(answer, result.images, before), title);
    const left = expected.after === undefined ? before : resolve(expected.after, after, before);
    assert.deepEqual(after, left, `after ${title}`);
  } else {
    assert.deepEqual(after, before, `after ${title}`);
  }
}

// If the library rejects the namespace, there is no client and there are no records.
function namespaceScope({ namespace }: RpcCase, images: ImagesClient): ImagesClient | undefined {
  const name = namespace === undefined ? freshNamespace() : String(expand(namespace));
  try {
    return images.withNamespace(name);
  } catch (error) {
    assert.ok(isValidationError(error), String(error));
    return undefined;
  }
}

function leaseScope({ headers, namespace }: RpcCase, images: ImagesClient | undefined): ImagesClient {
  if (images === undefined) return new ImagesClient({ namespace: String(expand(namespace ?? null)) }); // throws
  const lease = headers?.["containerd-lease"];
  return lease === undefined ? images : images.withLease(lease);
}

async function setUp({ setup = [] }: RpcCase, { raw }: ImagesClient): Promise<void> {
  for (const { rpc, request } of setup) {
    if (rpc === "Create") await raw.create(fromJson(CreateImageRequestSchema, expand(request)));
    else await raw.delete(fromJson(DeleteImageRequestSchema, expand(request)));
  }
}

interface Result {
  /** gRPC's name; "ok", or "refused" where the library's own rules stopped the call. */
  readonly code: string;
  readonly message?: string;
  readonly images: readonly Image[];
}

async function resultOf(call: () => Promise<readonly Image[]>): Promise<Result> {
  try {
    return { code: "ok", images: await call() };
  } catch (error) {
    assert.ok(isImagesError(error), String(error));
    const isRefused = isValidationError(error) || isFilterSyntaxError(error);
    return { code: isRefused ? "refused" : error.code, message: error.message, images: [] };
  }
}

/** Expected records as the client gives them; a time that is only bounded is taken from the record found. */
function resolve(expected: readonly JsonValue[], found: readonly Image[], before: readonly Image[]): readonly Image[] {
  return expected.map((value, index) => {
    const { name, labels = {}, target, created_at, updated_at } = expand(value) as unknown as CaseImage; // as the file says
    const { media_type: mediaType, digest, size, annotations = {} } = target;
    const actual = found[index];
    const createdAt = dateOf(created_at, actual?.createdAt, before.find((image) => image.name === name)?.createdAt);
    const updatedAt =
      updated_at === "@created_at"
        ? createdAt
        : dateOf(updated_at, actual?.updatedAt, before.find((image) => image.name === name)?.updatedAt);
    return { name, labels, target: { mediaType, digest, size: Number(size), annotations }, createdAt, updatedAt };
  });
}

interface CaseImage {
  readonly name: string;
  readonly labels?: Labels;
  readonly target: {
    readonly media_type: string;
    readonly digest: string;
    readonly size: string;
    readonly annotations?: Labels;
  };
  readonly created_at: CaseTime;
  readonly updated_at: CaseTime | "@created_at";
}

type CaseTime = "@now" | "@setup" | { readonly seconds?: string; readonly nanos?: number };

function dateOf(time: CaseTime, found: Date | undefined, before: Date | undefined): Date {
  if (time === "@setup") return before ?? new Date(Number.NaN);
  if (time !== "@now") return new Date(Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6));
  const isRecent = found !== undefined && Math.abs(found.getTime() - Date.now()) < 30_000;
  return isRecent ? found : new Date(Number.NaN);
}
