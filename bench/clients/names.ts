/** The clients that are compared, as the table names them. Most are modules of this folder. */
export const peerNames = [
  "containerd-images",
  "before",
  "node-http2",
  "connect-node",
  "grpc-js-proto-loader",
  "grpc-js-ts-proto",
  "nice-grpc",
  "grpc-go",
] as const;

/** This library on other runtimes. */
export const runtimeNames = ["node-22", "node-24", "node-26", "bun", "deno"] as const;

export type RuntimeName = (typeof runtimeNames)[number];

export type ClientName = (typeof peerNames)[number] | RuntimeName;
