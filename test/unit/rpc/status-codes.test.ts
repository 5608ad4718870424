import assert from "node:assert/strict";
import { it } from "node:test";
import { Code } from "@connectrpc/connect";
import { STATUS_CODES } from "../../../src/rpc/status-codes.js";

it("the names of status codes stand in the order of gRPC's numbers", () => {
  const inSnakeCase = (name: string) => name.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
  assert.deepEqual(
    STATUS_CODES,
    Array.from({ length: 16 }, (_, n) => inSnakeCase(Code[n + 1] ?? "")),
  );
});
