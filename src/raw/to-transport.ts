import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { weigh } from "../codec/weigh.js";
import type { Metadata } from "../rpc/call.js";
import { IMAGES_METHODS, type Method } from "../rpc/method.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";

/** The options of one request of `raw`. */
interface RawCall {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly onMetadata: (header: Metadata, trailer: Metadata) => void;
}

/** A request as it is sent. */
interface RawRequest {
  readonly message: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a request of the Images service as the client does. `encode` throws if the request cannot be encoded. */
export type RawSend = <T>(
  method: Method,
  encode: () => RawRequest,
  call: RawCall,
  decoder: ResponseDecoder<T>,
) => Promise<T>;

const METHODS: ReadonlyMap<string, Method> = new Map(Object.entries(IMAGES_METHODS));

/** A Connect transport for the Images service over the client's own interceptors; `raw` uses it. */
export function toTransport(send: RawSend): Transport {
  return {
    unary: async (method, signal, timeoutMs, requestHeader, input) => {
      const known = METHODS.get(method.name);
      if (known === undefined) throw new ConnectError(`${method.name} is no method of Images`, Code.Unimplemented);
      let header: Metadata = [];
      let trailer: Metadata = [];
      const onMetadata: RawCall["onMetadata"] = (...both) => {
        [header, trailer] = both;
      };
      const encode = () => ({
        message: toBinary(method.input, create(method.input, input)),
        headers: Object.fromEntries(new Headers(requestHeader)),
      });
      const whole = (bytes: Uint8Array) => {
        weigh(bytes);
        return fromBinary(method.output, bytes);
      };
      const message = await send(known, encode, { signal, timeoutMs, onMetadata }, { whole });
      return {
        stream: false,
        service: method.parent,
        method,
        header: headersOf(header),
        trailer: headersOf(trailer),
        message,
      };
    },
    stream: async () => {
      throw new ConnectError("the Images service has no streams", Code.Unimplemented);
    },
  };
}

function headersOf(metadata: Metadata): Headers {
  return new Headers(metadata.map(([key, value]) => [key, value]));
}
