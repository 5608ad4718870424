import assert from "node:assert/strict";
import { all, allOf, anyOf, type Filter, field, matches, type NewImage, parse } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, digest, namesOf } from "../records.js";

const index = "application/vnd.oci.image.index.v1+json";

const records: readonly NewImage[] = [
  { name: "docker.io/app:1", target: descriptor("a"), labels: { env: "prod", "a.b/c": 'x "y" \\ z' } },
  { name: "docker.io/app:2", target: { ...descriptor("b"), mediaType: index }, labels: { env: "dev" } },
  { name: "ghcr.io/tool:1", target: { ...descriptor("c"), annotations: { team: "web", "org/x": "1" } } },
  { name: "näme with, comma", target: descriptor("a"), labels: { env: "pröd", ключ: "значение" } },
];
const [app1, app2, tool, odd] = ["docker.io/app:1", "docker.io/app:2", "ghcr.io/tool:1", "näme with, comma"] as const;

// Each filter with the names that it lets through, in order.
const cases: readonly (readonly [string, Filter, readonly string[]])[] = [
  ["all", all, [app1, app2, tool, odd]],
  ["a name", field.name.equals(app2), [app2]],
  ["a name with a comma", field.name.equals(odd), [odd]],
  ["another name", field.name.notEquals(app2), [app1, tool, odd]],
  ["a prefix, in which a dot is a dot", field.name.startsWith("docker.io/"), [app1, app2]],
  ["a regexp on the name", field.name.matches("^[^/]+/(app|tool):1$"), [app1, tool]],
  ["a JavaScript regexp", field.name.matches(/^docker\.io\/app:\d$/), [app1, app2]],
  ["one of several names", field.name.oneOf(odd, tool, "nowhere"), [tool, odd]],
  ["a digest", field.target.digest.equals(digest("a")), [app1, odd]],
  ["a media type", field.target.mediaType.equals(index), [app2]],
  ["a label", field.label("env").equals("prod"), [app1]],
  ["a label that is there", field.label("env").present(), [app1, app2, odd]],
  ["a label that is not there", field.label("env").absent(), [tool]],
  ["a label that differs or is absent", field.label("env").notEquals("prod"), [app2, tool, odd]],
  ["a label that is there and differs", field.label("env").presentAndNot("prod"), [app2, odd]],
  ["a regexp that an absent label would match too", field.label("env").matches(".*"), [app1, app2, odd]],
  ["a label key with dots and slashes, and a value with quotes", field.label("a.b/c").equals('x "y" \\ z'), [app1]],
  ["letters beyond ASCII", field.label("ключ").equals("значение"), [odd]],
  ["one of several values", field.label("env").oneOf("prod", "pröd"), [app1, odd]],
  ["an annotation", field.annotation("team").equals("web"), [tool]],
  ["an annotation with a slash", field.annotation("org/x").present(), [tool]],
  ["both", field.label("env").present().and(field.name.startsWith("docker.io/")), [app1, app2]],
  ["either", field.label("env").equals("dev").or(field.annotation("team").present()), [app2, tool]],
  [
    "an and of ors",
    allOf(
      anyOf(field.name.equals(app1), field.name.equals(app2)),
      anyOf(field.label("env").equals("dev"), field.target.digest.equals(digest("c"))),
    ),
    [app2],
  ],
  ["strings in the server's own language", parse('labels.env=="prod"', "annotations.team==web"), [app1, tool]],
];

export function filtering(check: Check): void {
  check("list gives the records that a filter lets through, and matches() agrees", async (images) => {
    for (const image of records) await images.create(image);
    const every = await images.list();
    for (const [what, filter, names] of cases) {
      const listed = await images.list(filter);
      assert.deepEqual(namesOf(listed), names, what);
      assert.deepEqual(
        every.filter((image) => matches(filter, image)),
        listed,
        what,
      );
    }
  });

  check("a filter is a value that can be used again and built upon", async (images) => {
    for (const image of records) await images.create(image);
    const docker = field.name.startsWith("docker.io/");
    const both = docker.and(field.label("env").equals("dev"));
    const lists = [
      await images.list(both),
      await images.list(docker),
      await images.list(docker.or(field.name.equals(odd))),
    ];
    assert.deepEqual(lists.map(namesOf), [[app2], [app1, app2], [app1, app2, odd]]);
  });

  check("a filter that the server would answer with silence is refused", async (images) => {
    for (const [filter, telling] of [
      [parse('name~="["'), /regexp/],
      [parse("nmae==x"), /nmae/],
      ["name==x", /parse/],
      [{ name: "app:1" }, /filter/],
      [null, /filter/],
    ] as const) {
      const expected = { name: "ValidationError", code: "invalid_argument", method: "list", attempts: 0 };
      await assert.rejects(images.list(filter as Filter), { ...expected, message: telling });
    }
  });

  check("a filter above 4 KiB works", async (images) => {
    for (const image of records) await images.create(image);
    const names = Array.from({ length: 2_000 }, (_, i) => `nowhere/${i}`);
    assert.deepEqual(namesOf(await images.list(field.name.oneOf(...names, tool))), [tool]);
  });
}
