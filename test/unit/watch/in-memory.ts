import type { Transport } from "@connectrpc/connect";
import { field, ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

export const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 1,
};

/** The filter that the tests use. */
export const prod = field.label("env").equals("prod");

/** The transport of a service, and how many of its streams are open. */
function counted(service: InMemoryImages) {
  let open = 0;
  const transport: Transport = {
    unary: service.transport.unary,
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      open += 1;
      signal?.addEventListener("abort", () => {
        open -= 1;
      });
      return service.transport.stream(method, signal, timeoutMs, header, input, contextValues);
    },
  };
  return { transport, streams: () => open };
}

/** A client of a service in memory, and how many streams it has open. */
export function setUp() {
  const service = new InMemoryImages();
  const { transport, streams } = counted(service);
  const images = new ImagesClient({ namespace: "default", transport });
  return { service, streams, images };
}
