import { Code, ConnectError, type Transport } from "@connectrpc/connect";

/** Runs `before` before each call, with the name of its method, such as `Create`, and its message. */
export function hooked(
  transport: Transport,
  before: (method: string, message: object) => Promise<void> | void,
): Transport {
  return {
    stream: (...request) => transport.stream(...request),
    unary: async (...request) => {
      await before(request[0].name, request[4]);
      return transport.unary(...request);
    },
  };
}

/** Runs `after` when a call has its response or has failed, before the client sees it. */
export function followed(transport: Transport, after: () => void): Transport {
  return {
    stream: (...request) => transport.stream(...request),
    unary: (...request) => transport.unary(...request).finally(after),
  };
}

/** Rejects a List of more than `maxRecords`, as a server rejects one of more than 16 MiB. */
export function limited(transport: Transport, maxRecords: number): Transport {
  return {
    stream: (...request) => transport.stream(...request),
    unary: async (...request) => {
      const response = await transport.unary(...request);
      const { message } = response;
      if ("images" in message && Array.isArray(message.images) && message.images.length > maxRecords)
        throw new ConnectError("too many records", Code.ResourceExhausted);
      return response;
    },
  };
}
