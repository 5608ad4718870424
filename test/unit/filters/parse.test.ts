import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check, compile, FilterSyntaxError, matches, parse } from "../../../src/filters/index.js";
import { image } from "./records.js";

describe("parsing reads", () => {
  const read: readonly (readonly [string, readonly string[]])[] = [
    ["name==foo", ['name=="foo"']],
    ['"name"==foo', ['name=="foo"']],
    [" name\t==\n foo, \u00a0labels.a", ['name=="foo",labels.a']],
    ["labels. a", ["labels.a"]],
    ["labels.123.a_b", ["labels.123.a_b"]],
    ['labels.""', ['labels.""']],
    ['labels."a.b"', ['labels."a.b"']],
    ['name==""', ['name==""']],
    ["name=='foo'", ["name==\"'foo'\""]],
    ['name==q"v', ['name=="q\\"v"']],
    ["name==a=b/c|d~e!f", ['name=="a=b/c|d~e!f"']],
    ["name==c:\\d", ['name=="c:\\\\d"']],
    ["name==\u0001", ['name=="\\u0001"']],
    ["name==日本😀", ['name=="日本😀"']],
    ["name~=/a\\/b|c/", ['name~="a/b|c"']],
    ["name~=|a\\|b/c|", ['name~="a|b/c"']],
    ['name=="\\a\\b\\f\\n\\r\\t\\v\\\\\\""', ['name=="\\u0007\\b\\f\\n\\r\\t\\u000b\\\\\\""']],
    ['name=="\\141\\x61\\u0061\\U00000061"', ['name=="aaaa"']],
    ['name=="\\303\\251\\xc3\\xa9"', ['name=="éé"']],
    ['name=="\\xf0\\x9f\\x98\\x80"', ['name=="😀"']],
    ['name=="\\ud83d\\ude00"', ['name=="\\ufffd\\ufffd"']],
    ['name=="\\ufffd\\x00"', ['name=="\\ufffd\\u0000"']],
    ['name=="\\U0010ffff"', ['name=="\u{10ffff}"']],
    ['name=="\\U80000000"', ['name=="\\u0000"']],
    ['name=="\\U80000061\\UFFFFFFC3\\x80"', ['name=="aÀ"']],
    ['name=="\\U800000ff"', ['name=="\\xff"']],
    ['name=="\r\t\u0085"', ['name=="\\r\\t\u0085"']],
    ["bogus.a!=b", ['bogus.a!="b"']],
  ];
  for (const [string, strings] of read) {
    it(JSON.stringify(string), () => assert.deepEqual(compile(parse(string)), strings));
  }

  it("nothing, and nothing at all, as everything", () => {
    for (const strings of [[], [""], ["", ""], ["name==a", ""]]) assert.deepEqual(compile(parse(...strings)), []);
  });

  it("all strings, even after one that is everything", () => {
    assert.throws(() => parse("", "name="), FilterSyntaxError);
  });

  it("several strings as one or the other", () => {
    assert.deepEqual(compile(parse("name==a", "labels.b,name==a")), ['name=="a"', 'labels.b,name=="a"']);
  });

  it("(?<n>…) as it is, though it is sent in the older form", () => {
    const filter = parse('name~="(?<n>app)"');
    assert.deepEqual(compile(filter), ['name~="(?P<n>app)"']);
    assert.ok(matches(filter, image()));
  });
});

describe("bytes that are not UTF-8", () => {
  const bytes: readonly (readonly [string, string])[] = [
    ["\\xff", "\\xff"],
    ["\\xc3", "\\xc3"],
    ["\\xc3x\\xa9", "\\xc3x\\xa9"],
    ["\\xa9\\xc3\\xa9", "\\xa9é"],
    ["\\xe0\\x80\\x80", "\\xe0\\x80\\x80"],
    ["\\xed\\xa0\\x80", "\\xed\\xa0\\x80"],
    ["\\xf5\\x80\\x80\\x80", "\\xf5\\x80\\x80\\x80"],
    ["\\xf0\\x9f\\x98", "\\xf0\\x9f\\x98"],
    ["\\xff😀\\xed", "\\xff😀\\xed"],
    ["\\\\udcff", "\\\\udcff"],
    ["\\xff\\\\udcff", "\\xff\\\\udcff"],
  ];
  for (const [written, compiled] of bytes) {
    it(written, () => {
      const filter = parse(`name=="${written}"`, `labels."${written}"`, `name!="${written}"`);
      const strings = [`name=="${compiled}"`, `labels."${compiled}"`, `name!="${compiled}"`];
      assert.deepEqual(compile(filter), strings);
      assert.deepEqual(compile(parse(...compile(filter))), strings);
    });
  }

  it("equal no name, differ from every one, and make a regexp invalid", () => {
    for (const [filter, expected] of [
      ['name=="\\xff"', false],
      ['name!="\\xff"', true],
      ['labels."\\xff"', false],
      ['name~="\\xff|a"', false],
    ] as const) {
      for (const name of ["a", "ÿ", "\ufffd"]) {
        assert.equal(matches(parse(filter), image({ name })), expected, filter);
        assert.equal(matches(parse(filter, "name==b"), image({ name })), expected, filter); // looks up names in a set
      }
    }
    assert.equal(check(parse('name~="\\xff|a"')).length, 1);
  });
});

describe("parsing refuses", () => {
  // The ^ below each string is where the reader stops.
  const refused: readonly string[] = [
    "name=foo\n    ^",
    "name=~foo\n    ^",
    "name===foo\n    ^",
    "name==!foo\n    ^",
    "name== =foo\n       ^",
    "name<>foo\n    ^",
    "na me\n   ^",
    "name \n     ^",
    "name ,name\n     ^",
    "name .a\n     ^",
    "labels.io.cri-containerd.image==managed\n             ^",
    "labels.\n       ^",
    "labels./a/\n       ^",
    "name==\n      ^",
    "name==.a\n      ^",
    "name==/a/\n      ^",
    "name!=|a|\n      ^",
    "name~=/a/b\n         ^",
    'name=="a"b\n         ^',
    "name==a b\n       ^",
    "name==a \n       ^",
    "name==a\u200bb\n       ^",
    "name==a,\n        ^",
    "name==a,,b\n        ^",
    ",\n^",
    " \n ^",
    ".a\n^",
    "näme\n ^",
    'name=="a\n      ^',
    "name~=/^docker\\.io/\n              ^",
    'name=="\\q"\n       ^',
    'name=="\\\'"\n       ^',
    'name=="\\/"\n       ^',
    'name=="\\57"\n       ^',
    'name=="\\400"\n       ^',
    'name=="\\x4"\n       ^',
    'name=="\\u004"\n       ^',
    'name=="\\U00110000"\n       ^',
    'name=="\\U7fffffff"\n       ^',
    'name=="\\\n      ^',
    "name==a\0b\n       ^",
    "name==\ufffd\n      ^",
    'name=="\ufffd"\n       ^',
    "name==\ud83d\n      ^",
    "name==😀 \n        ^",
    '"a"."\\q"\n     ^',
  ];
  for (const drawn of refused) {
    const [string = "", caret = ""] = drawn.split("\n");
    it(JSON.stringify(string), () => {
      assert.throws(
        () => parse(string),
        (error) => {
          assert.ok(error instanceof FilterSyntaxError);
          const { input, position, code, method, outcome, attempts } = error;
          assert.deepEqual({ input, position }, { input: string, position: caret.indexOf("^") });
          assert.deepEqual(
            { code, method, outcome, attempts },
            { code: "invalid_argument", method: "parse", outcome: "not-applied", attempts: 0 },
          );
          assert.ok(error.message.includes(error.reason));
          return true;
        },
      );
    });
  }

  const messageOf = (string: string) => {
    try {
      parse(string);
    } catch (error) {
      if (error instanceof FilterSyntaxError) return error.message;
    }
    return assert.fail(`accepted ${string}`);
  };

  it("with a caret below the place", () => {
    assert.equal(
      messageOf("labels.io.cri-containerd.image==managed"),
      `filter, position 13: expected ==, != or ~=, or a quoted field
  labels.io.cri-containerd.image==managed
               ^`,
    );
  });

  it("with the caret in place whatever comes before", () => {
    const [, text = "", caret = ""] = messageOf('name=="😀\t\u2028\u0301", =').split("\n");
    assert.equal(Array.from(text)[caret.indexOf("^")], "=");
  });

  it("without quoting back all of a long string", () => {
    const message = messageOf(`name==${"a".repeat(100_000)} ${"b".repeat(100_000)}`);
    assert.ok(message.length < 300);
    assert.match(message, /a {2}\^$|a b/);
  });

  it("NUL and U+FFFD, also as the first character, and says how to write them", () => {
    for (const string of ["\0", "\ufffd", 'name=="\0"'])
      assert.match(messageOf(string), /NUL is \\x00 in quotes, U\+FFFD \\ufffd/);
  });

  it("a line break inside quotes, and names where the quotes open", () => {
    assert.match(messageOf('name=="a\nb"'), /^filter, position 6: .*closed/);
  });
});

it("reads quoted text with millions of escape sequences", () => {
  const name = "\n".repeat(4_000_000);
  assert.equal(matches(parse(`name=="${"\\n".repeat(name.length)}"`), image({ name })), true);
});

describe("checking", () => {
  const silent: readonly (readonly [string, RegExp])[] = [
    ["bogus", /no record has this field/],
    ["bogus!=x", /field/],
    ["Name==a", /field/],
    ["labels", /field/],
    ["labels~=x", /field/],
    ['labels.""', /field/],
    ["annotations", /field/],
    ["target", /field/],
    ["target.mediaType==m", /field/],
    ["target.size==1", /field/],
    ["target.annotations.a", /field/],
    ['""', /field/],
    ["name~=[", /missing closing \]/],
    ["name~=a**", /repetition/],
    ['labels.a~="(?!x)"', /look-around/],
    ['name~="\\xff"', /UTF-8/],
    ['name~="\\\\p{greek}"', /1\.6 and 1\.7 cannot read \\p\{greek\}/],
  ];
  for (const [string, message] of silent) {
    it(`finds ${string}`, () => {
      const [issue, ...others] = check(parse(string));
      assert.equal(others.length, 0);
      assert.equal(issue?.selector, compile(parse(string))[0]);
      assert.match(issue?.message ?? "", message);
    });
  }

  const sound = [
    "",
    "name",
    "name.a==b",
    "target.digest.a",
    "target.mediatype",
    "labels.a.b",
    'annotations." "',
    'name==""',
  ];
  for (const string of sound)
    it(`finds nothing in ${JSON.stringify(string)}`, () => assert.deepEqual(check(parse(string)), []));

  it("finds once what is used several times", () => {
    const bogus = parse("bogus");
    assert.equal(check(bogus.and(bogus).or(bogus.or(bogus))).length, 1);
  });

  it("finds all in the order in which they are written", () => {
    const found = check(parse("a,b", "c", "name,d,e").or(parse("f").and(parse("g", "h"))));
    assert.deepEqual(
      found.map(({ selector }) => selector),
      ["a", "b", "c", "d", "e", "f", "g", "h"],
    );
  });

  it("finds all, and shortens what is long", () => {
    const issues = check(parse("name,bogus,labels.a~=(", `name~="(${"a".repeat(10_000)}"`));
    assert.equal(issues.length, 3);
    for (const { message } of issues) assert.ok(message.length < 250);
  });

  it("escapes in its messages what controls a terminal", () => {
    const [issue] = check(parse('name~="[\u202e\u0085"'));
    assert.equal(issue?.selector, 'name~="[\u202e\u0085"');
    assert.match(issue?.message ?? "", /^name~="\[\\u202e\\u0085": /);
  });
});
