/** The modules of this folder that are clients, as the table names them. */
export const clientNames = [
  "containerd-images",
  "node-http2",
  "connect-node",
  "grpc-js-proto-loader",
  "grpc-js-ts-proto",
  "nice-grpc",
] as const;

export type ClientName = (typeof clientNames)[number];
