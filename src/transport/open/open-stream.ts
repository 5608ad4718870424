import { type Endpoint, isDialed } from "../endpoint.js";
import type { ByteStream } from "./byte-stream.js";
import { startDial } from "./dial.js";
import { onceOpen, openSocket } from "./open-socket.js";

interface OpenListener {
  /** The stream exists; it may still be connecting. */
  created(stream: ByteStream): void;
  /** Bytes can flow. */
  opened(stream: ByteStream): void;
  /** There will be no stream. After {@link created}, errors are events of the stream instead. */
  failed(error: unknown): void;
}

/**
 * Starts to open a stream to the endpoint. The returned function cancels that until the stream exists; after that, its
 * owner destroys the stream.
 */
export function openStream(endpoint: Endpoint, listener: OpenListener): () => void {
  if (isDialed(endpoint)) {
    return startDial(endpoint.dial, {
      dialed: (stream) => {
        listener.created(stream);
        onceOpen(stream, () => listener.opened(stream));
      },
      failed: (error) => listener.failed(error),
    });
  }
  try {
    listener.created(openSocket(endpoint, (socket) => listener.opened(socket)));
  } catch (error) {
    listener.failed(error);
  }
  return () => {};
}
