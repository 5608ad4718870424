import { createClient } from "@connectrpc/connect";
import { Images } from "../../gen/containerd/services/images/v1/images_pb.js";
import type { RawImages } from "./raw-images.js";
import { type RawSend, toTransport } from "./to-transport.js";

/** Connect's client of the Images service over `send`. This file is loaded with the first call of `raw`. */
export function generatedClient(send: RawSend): RawImages {
  // Connect treats an undefined option like an absent one, but its types do not allow it.
  return createClient(Images, toTransport(send)) as RawImages;
}
