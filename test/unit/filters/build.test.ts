import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import {
  all,
  allOf,
  anyOf,
  compile,
  type Filter,
  field,
  isFilter,
  parse,
  ValidationError,
} from "../../../src/filters/index.js";

const env = field.label("env");
const app = field.name.equals("app:1");

/** The only issue of a ValidationError. */
function refusal(build: () => unknown): { path: string; message: string } {
  try {
    build();
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    const { method, namespace, imageName, code, attempts, outcome } = error;
    assert.deepEqual(
      { method, namespace, imageName, code, attempts, outcome },
      {
        method: "filter",
        namespace: "",
        imageName: undefined,
        code: "invalid_argument",
        attempts: 0,
        outcome: "not-applied",
      },
    );
    const [issue, ...others] = error.issues;
    assert.ok(issue !== undefined && others.length === 0);
    return issue;
  }
  return assert.fail("was not refused");
}

describe("compiling", () => {
  const strings: readonly (readonly [Filter, readonly string[]])[] = [
    [env.present(), ["labels.env"]],
    [env.absent(), ['labels.env~="^$"']],
    [env.equals("prod"), ['labels.env=="prod"']],
    [env.notEquals("prod"), ['labels.env!="prod"']],
    [env.presentAndNot("prod"), ['labels.env,labels.env!="prod"']],
    [env.matches("^p"), ['labels.env,labels.env~="^p"']],
    [env.startsWith("p."), ['labels.env~="^p\\\\."']],
    [env.startsWith("p{2}"), ['labels.env~="^p\\\\{2\\\\}"']],
    [env.oneOf("a", "b|c"), ['labels.env~="^(?:a|b\\\\|c)$"']],
    [field.name.matches("^p"), ['name~="^p"']],
    [field.target.digest.present(), ["target.digest"]],
    [field.target.mediaType.equals("m"), ['target.mediatype=="m"']],
    [field.annotation("a b").present(), ['annotations."a b"']],
    [field.label("a.b").present(), ['labels."a.b"']],
    [field.label("ä").present(), ['labels."ä"']],
    [
      field.label('"\\\n\0\ufffd\t').equals('"\\\n\0\ufffd\t'),
      ['labels."\\"\\\\\\n\\u0000\\ufffd\\t"=="\\"\\\\\\n\\u0000\\ufffd\\t"'],
    ],
    [all, []],
    [all.and(app), ['name=="app:1"']],
    [all.or(app), []],
    [allOf(all, all), []],
    [anyOf(all, app), []],
    [allOf(app), ['name=="app:1"']],
    [app.and(app), ['name=="app:1",name=="app:1"']],
    [app.or(app), ['name=="app:1"']],
    [app.or(env.present()).and(env.absent()), ['name=="app:1",labels.env~="^$"', 'labels.env,labels.env~="^$"']],
    [
      anyOf(field.name.equals("1"), field.name.equals("2")).and(anyOf(env.equals("3"), env.equals("4"))),
      [
        'name=="1",labels.env=="3"',
        'name=="1",labels.env=="4"',
        'name=="2",labels.env=="3"',
        'name=="2",labels.env=="4"',
      ],
    ],
  ];
  for (const [filter, expected] of strings) {
    it(JSON.stringify(expected), () => assert.deepEqual(compile(filter), expected));
  }

  const names = Array.from({ length: 257 }, (_, index) => field.name.equals(String(index)));

  it("takes 256 strings, and no more", () => {
    assert.equal(compile(anyOf(...names.slice(1))).length, 256);
    assert.match(refusal(() => compile(anyOf(...names))).message, /\b257\b/);
  });

  it("counts without making them", () => {
    const pairs = names.map((name) => name.or(env.equals("x")));
    assert.match(refusal(() => compile(allOf(...pairs.slice(0, 9)))).message, /\b512\b/);
    assert.match(refusal(() => compile(allOf(...pairs))).message, /2\.3\d*e\+77/);
    let twice = names[0]?.or(env.present()) ?? all;
    for (let times = 0; times < 2_000; times++) twice = twice.and(twice);
    assert.match(refusal(() => compile(twice)).message, /Infinity/);
  });

  it("gives back what parse read, however much", () => {
    const read = Array.from({ length: 1_000 }, (_, index) => `name=="${index}"`);
    assert.deepEqual(compile(parse(...read)), read);
    refusal(() => compile(parse(...read).and(app)));
  });
});

describe("building refuses", () => {
  const untyped = (value: unknown) => value as string;
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['field.label("env").equals', () => env.equals(""), /absent\(\)/],
    ['field.label("env").notEquals', () => env.notEquals(""), /present\(\)/],
    ['field.label("env").presentAndNot', () => env.presentAndNot(""), /present\(\)/],
    ['field.annotation("a\\"b").equals', () => field.annotation('a"b').equals(""), /absent\(\)/],
    ["field.name.startsWith", () => field.name.startsWith(""), /absent\(\)/],
    ["field.name.matches", () => field.name.matches(""), /empty/],
    ["field.name.matches", () => field.name.matches(/(?:)/), /empty/],
    ["field.name.oneOf", () => field.name.oneOf(), /needs a value/],
    ["field.name.oneOf[1]", () => field.name.oneOf("a", ""), /empty/],
    ["field.name.oneOf[0]", () => field.name.oneOf(untyped(["a"])), /string/],
    ["field.target.digest.equals", () => field.target.digest.equals(untyped(1)), /string/],
    ["field.target.mediaType.startsWith", () => field.target.mediaType.startsWith(untyped(undefined)), /string/],
    ["field.name.matches", () => field.name.matches(untyped(null)), /string/],
    ["field.name.equals", () => field.name.equals("a\ud800"), /surrogate/],
    ["field.name.matches", () => field.name.matches("\udc80"), /surrogate/],
    ["field.label(key)", () => field.label(""), /^must not be empty$/],
    ["field.label(key)", () => field.label(untyped(3)), /string/],
    ["field.annotation(key)", () => field.annotation("\udfff"), /surrogate/],
    ["allOf", () => allOf(), /`all`/],
    ["anyOf", () => anyOf(), /`all`/],
    ["allOf", () => allOf("name==a" as unknown as Filter), /must be a filter/],
    ["and", () => app.and(field.name as unknown as Filter), /must be a filter/],
    ["or", () => app.or(undefined as unknown as Filter), /must be a filter/],
    ["compile", () => compile({} as Filter), /must be a filter/],
    ["parse[1]", () => parse("name", untyped(["name"])), /string/],
  ];
  for (const [path, build, message] of cases) {
    it(`${path}: ${message.source}`, () => {
      const issue = refusal(build);
      assert.equal(issue.path, path);
      assert.match(issue.message, message);
    });
  }

  it("a long key is cut in the path", () => {
    assert.ok(refusal(() => field.label("x".repeat(5_000)).equals("")).path.length < 200);
  });
});

describe("regexps", () => {
  const refused: readonly (readonly [string | RegExp, RegExp])[] = [
    ["a(?=b)", /look-around/],
    ["a(?!b)", /look-around/],
    ["(?<=a)b", /look-around/],
    ["(?<!a)b", /look-around/],
    ["(a)\\1", /back-references/],
    ["(?P<n>a)\\k<n>", /back-references|escape/],
    ["(", /missing closing \)/],
    ["a**", /repetition/],
    ["(?x)a", /RE2/],
    ["\\Z", /escape/],
    ["a{1001}", /repeat/],
    ["\\p{Greek", /range/],
    ["\\p{Letter}", /1\.6 and 1\.7 cannot read \\p\{Letter\}/],
    [/a.b/, /\. differs.*string: "a\.b"/],
    [/a\sb/u, /\\s differs/],
    [/[^a]/, /\[\^ differs/],
    [/\D/, /\\D differs/],
    [/a/i, /\/i differs.*string: "\(\?i\)a"/],
    [/a$/m, /\/m differs.*"\(\?m\)a\$"/],
    [/a/y, /\/y differs/],
    [/😀+/, /differs/],
    [/a(?=b)/, /look-around/],
    [/(a)\1/, /back-references/],
    [/\cA/, /RE2/],
    [/\u0041/, /RE2/],
    [/a{01}/, /differs/],
  ];
  for (const [pattern, message] of refused) {
    it(`refuses ${pattern}: ${message.source}`, () => {
      assert.match(refusal(() => field.name.matches(pattern)).message, message);
    });
  }

  const accepted: readonly (readonly [string | RegExp, string])[] = [
    ["(?i)a.*\\d$", "(?i)a.*\\d$"],
    [/^docker\.io\/library\/[a-z0-9._-]+:\d+$/g, "^docker\\.io\\/library\\/[a-z0-9._-]+:\\d+$"],
    [/^(?:a|b{2,3})\b|\x41?$/dsu, "(?s)^(?:a|b{2,3})\\b|\\x41?$"],
    [runInNewContext("/[ab]c/"), "[ab]c"],
    ["(?<year>\\d+)", "(?P<year>\\d+)"],
    [/(?<year>\d+)/, "(?P<year>\\d+)"],
    ["[(?<n>]", "[(?<n>]"],
    ["\\Q(?<n>\\E", "\\Q(?<n>\\E"],
    ["\\(?<n>", "\\(?<n>"],
  ];
  for (const [pattern, sent] of accepted) {
    it(`sends ${pattern} as ${sent}`, () => {
      assert.deepEqual(compile(field.name.matches(pattern)), [`name~=${JSON.stringify(sent)}`]);
    });
  }
});

describe("a filter is a value", () => {
  it("frozen, and so are the fields", () => {
    for (const value of [app, all, field, field.name, field.target, env]) assert.ok(Object.isFrozen(value));
    assert.throws(() => Object.assign(app, { and: undefined }), TypeError);
  });

  it("the same after it was combined", () => {
    const before = compile(app);
    app.and(env.absent()).or(all);
    assert.deepEqual(compile(app), before);
  });

  it("not thenable, so that it can be awaited and returned", async () => {
    assert.equal(await app, app);
    assert.equal("then" in app || "then" in field.name, false);
  });

  it("equal to one that is built alike", () => {
    assert.deepEqual(env.equals("a").and(app), env.equals("a").and(field.name.equals("app:1")));
    assert.notDeepEqual(env.equals("a"), env.equals("b"));
  });

  it("shown as what is sent", () => {
    assert.equal(String(app.or(env.absent())), 'name=="app:1" or labels.env~="^$"');
    assert.equal(inspect({ app }), '{ app: Filter(name=="app:1") }');
    assert.equal(String(all), "all");
    assert.equal(JSON.stringify({ app, all }), '{"app":"name==\\"app:1\\"","all":"all"}');
  });

  it("shown even where it cannot be sent", () => {
    const two = anyOf(field.name.equals("1"), field.name.equals("2"));
    const large = allOf(...Array.from({ length: 9 }, () => two.and(env.present())));
    assert.match(String(large), /512/);
    assert.match(JSON.stringify(large), /512/);
  });

  it("recognised, and nothing else is", () => {
    for (const value of [app, all, parse("x")]) assert.ok(isFilter(value));
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [undefined, null, 0, "name", {}, field.name, compile, [], proxy]) assert.ok(!isFilter(value));
  });
});
