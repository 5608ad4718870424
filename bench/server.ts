import type { Destination } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import type { Measurement } from "./measurement.js";

/** A server for the clients. */
export interface Server {
  destination(measurement: Pick<Measurement, "records" | "isWrite">, client: ClientName): Destination;
}
