import { LABEL_GC_EXPIRE } from "../../../src/labels.js";
import { bytesField, intField, mapField, stringField } from "../../support/encoded-fields.js";
import { frame } from "../../support/raw-cases/call.js";
import type { Upstream } from "./upstream.js";

const LEASES = "/containerd.services.leases.v1.Leases/";
/** The daemon has collected the lease. */
const NOT_FOUND = 5;
/** On a record or a lease: from when on it may be collected. */
export const EXPIRY = { [LABEL_GC_EXPIRE]: "2001-01-01T00:00:00Z" };

/** The leases of a daemon in one namespace; a lease holds the records that are written under it. */
export class Leases {
  readonly #upstream: Upstream;
  readonly #namespace: string;

  constructor(upstream: Upstream, namespace: string) {
    this.#upstream = upstream;
    this.#namespace = namespace;
  }

  /** Makes a lease; the next collection takes it if it has expired. */
  async create(id: string, hasExpired = false): Promise<void> {
    await this.#call("Create", stringField(1, id), mapField(3, hasExpired ? EXPIRY : {}));
  }

  /** Deletes a lease; with `sync`, what it held is gone at the end. */
  async delete(id: string, sync: boolean): Promise<void> {
    await this.#call("Delete", stringField(1, id), intField(2, sync ? 1 : 0));
  }

  /** Whether the lease holds the record of this name. */
  async holds(id: string, name: string): Promise<boolean> {
    const resources = await this.#call("ListResources", stringField(1, id));
    return resources.includes(bytesField(1, stringField(1, name), stringField(2, "images")));
  }

  async #call(method: string, ...fields: readonly Buffer[]): Promise<Buffer> {
    const headers = { "containerd-namespace": this.#namespace };
    const { code, body } = await this.#upstream.call(LEASES + method, headers, frame(Buffer.concat(fields)));
    if (code !== 0 && code !== NOT_FOUND) throw new Error(`${method} of a lease: status ${code}`);
    return body;
  }
}
