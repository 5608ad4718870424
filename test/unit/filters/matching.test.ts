import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  all,
  anyOf,
  compile,
  type Filter,
  field,
  type MatchableImage,
  matches,
  parse,
  ValidationError,
} from "../../../src/filters/index.js";
import { image } from "./records.js";

describe("matching", () => {
  const given = image({
    name: "docker.io/app:1",
    labels: { env: "prod", "a.b": "c", "": "x", empty: "" },
    target: { mediaType: "index", digest: "sha256:0a", annotations: { team: "web" } },
  });
  const decided: readonly (readonly [Filter, boolean])[] = [
    [all, true],
    [field.name.present(), true],
    [field.name.absent(), false],
    [field.name.equals("docker.io/app:1"), true],
    [field.name.equals("Docker.io/app:1"), false],
    [field.name.startsWith("docker.io/"), true],
    [field.name.startsWith("docker-io/"), false],
    [field.name.oneOf("x", "docker.io/app:1"), true],
    [field.name.oneOf("docker.io/app"), false],
    [field.name.matches("app:\\d$"), true],
    [field.label("env").present(), true],
    [field.label("env").notEquals("dev"), true],
    [field.label("env").presentAndNot("prod"), false],
    [field.label("none").absent(), true],
    [field.label("none").notEquals("x"), true],
    [field.label("none").presentAndNot("x"), false],
    [field.label("none").matches(".*"), false],
    [parse('labels.none~=".*"'), true],
    [parse("labels.none!=x"), true],
    [parse('labels.none!=""'), false],
    [parse('labels.none==""'), false],
    [parse('labels.none==""', "name==x"), false],
    [parse("target.digest==x", '"target.digest"=="sha256:0a"'), false],
    [field.label("a.b").equals("c"), true],
    [parse("labels.a.b==c"), true],
    [parse('labels."a".b==c'), true],
    [parse('name.x.y=="docker.io/app:1"'), true],
    [parse('target.digest.x=="sha256:0a"'), true],
    [parse("target.mediaType!=x"), true],
    [parse('bogus~="^$"'), true],
    [parse("bogus"), false],
    [parse('name~="["'), false],
    [field.annotation("team").oneOf("web"), true],
    [field.target.mediaType.equals("index"), true],
    // A record as the server stores it: without empty values.
    [field.label("empty").absent(), true],
    [parse('labels.""'), false],
  ];
  for (const [filter, expected] of decided) {
    it(`${filter} is ${expected}`, () => assert.equal(matches(filter, given), expected));
  }

  it("knows no labels but a record's own", () => {
    for (const key of ["toString", "__proto__", "constructor", "hasOwnProperty"]) {
      assert.equal(matches(field.label(key).present(), image({ labels: {} })), false);
      assert.equal(matches(field.annotation(key).present(), image()), false);
      const labels = Object.fromEntries([[key, "p"]]);
      assert.equal(matches(field.label(key).equals("p"), image({ labels })), true);
    }
  });

  it("a record without a media type, as servers of 2017 stored it", () => {
    const old = image({ target: { mediaType: "", digest: "x" } });
    assert.equal(matches(field.target.mediaType.present(), old), false);
    assert.equal(matches(parse('target.mediatype==""'), old), false);
    assert.equal(matches(field.target.mediaType.absent(), old), true);
  });

  it("refuses what is no record", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [undefined, null, {}, "name", { name: "a" }, { name: 1, target: {} }, proxy]) {
      assert.throws(() => matches(all, value as MatchableImage), ValidationError);
    }
    assert.throws(() => matches("name" as unknown as Filter, image()), ValidationError);
  });

  it("prepares a filter at its first use only", () => {
    let readings = 0;
    const node = {
      op: "==",
      value: image().name,
      get path() {
        readings++;
        return ["name"];
      },
    };
    const ofAnotherCopy = { [Symbol.for("containerd-images.filter")]: node } as unknown as Filter; // has no methods
    assert.ok(matches(ofAnotherCopy, image()));
    const atFirst = readings;
    assert.ok(matches(ofAnotherCopy, image()));
    assert.equal(readings, atFirst);
  });

  it("reads a field once for all values that it may have", () => {
    let reads = 0;
    const record = {
      ...image(),
      get name() {
        reads++;
        return "none";
      },
    };
    const names = Array.from({ length: 100 }, (_, index) => field.name.equals(String(index)));
    const one = names[0] ?? all;
    const readsOf = (filter: Filter) => {
      reads = 0;
      assert.equal(matches(filter, record), false);
      return reads;
    };
    const expected = readsOf(one);
    assert.equal(readsOf(anyOf(...names)), expected);
    assert.equal(readsOf(names.reduce((left, right) => left.or(right))), expected);
    assert.equal(readsOf(parse(...names.flatMap(compile))), expected);
  });

  it("can be made from a filter and its strings alike", () => {
    const filter = field
      .label("env")
      .oneOf("a", "b")
      .or(field.name.startsWith("x").and(field.label("env").absent()));
    for (const labels of [{}, { env: "a" }, { env: "c" }]) {
      for (const name of ["x1", "y"]) {
        const record = image({ name, labels });
        assert.equal(matches(parse(...compile(filter)), record), matches(filter, record));
      }
    }
  });
});
