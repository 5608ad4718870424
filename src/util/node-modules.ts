// Node's modules that take long to load. Each is loaded when it is first used: not every program that imports this
// library connects, and hardly any uses certificates.

export function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

export function http2(): typeof import("node:http2") {
  return process.getBuiltinModule("node:http2");
}

export function net(): typeof import("node:net") {
  return process.getBuiltinModule("node:net");
}

export function tls(): typeof import("node:tls") {
  return process.getBuiltinModule("node:tls");
}
