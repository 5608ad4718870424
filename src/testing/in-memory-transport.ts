import type {
  DescMessage,
  DescMethodStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";

type HeadersLike = ConstructorParameters<typeof Headers>[0];

/**
 * The transport of {@link InMemoryImages}. Every client that takes a `Transport` of `@connectrpc/connect` takes it.
 *
 * The type is declared here again because Connect's own declarations need TypeScript's DOM library, which programs for
 * Node often leave out.
 *
 * @example
 * ```ts
 * import { createClient } from "@connectrpc/connect";
 * import { Images } from "containerd-images/raw";
 *
 * const transport: InMemoryTransport = service.transport;
 * const headers = { "containerd-namespace": "default" };
 * const { images: found } = await createClient(Images, transport).list({}, { headers });
 * found.map(({ name }) => name); // => ["app:1"]
 * ```
 */
export interface InMemoryTransport {
  /** Sends one message and receives one. */
  unary<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersLike,
    input: MessageInitShape<Input>,
    contextValues?: object,
  ): Promise<{
    readonly stream: false;
    readonly service: DescService;
    readonly method: DescMethodUnary<Input, Output>;
    readonly header: Headers;
    readonly message: MessageShape<Output>;
    readonly trailer: Headers;
  }>;
  /** Sends and receives any number of messages. */
  stream<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodStreaming<Input, Output>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersLike,
    input: AsyncIterable<MessageInitShape<Input>>,
    contextValues?: object,
  ): Promise<{
    readonly stream: true;
    readonly service: DescService;
    readonly method: DescMethodStreaming<Input, Output>;
    readonly header: Headers;
    readonly message: AsyncIterable<MessageShape<Output>>;
    readonly trailer: Headers;
  }>;
}
