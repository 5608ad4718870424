// Node's modules that take long to load. Each is loaded when it is first used: not every program that imports this
// library connects, and hardly any uses certificates.

// Taken once: a test may replace `process` later.
const { getBuiltinModule } = process;

export function crypto(): typeof import("node:crypto") {
  return getBuiltinModule("node:crypto");
}

export function http2(): typeof import("node:http2") {
  return getBuiltinModule("node:http2");
}

export function net(): typeof import("node:net") {
  return getBuiltinModule("node:net");
}

export function tls(): typeof import("node:tls") {
  return getBuiltinModule("node:tls");
}
