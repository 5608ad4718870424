// Checked by tsc with the rest of the tests: every line below a @ts-expect-error must not compile, all others must.
import { all, allOf, anyOf, compile, type Filter, field, type Image, matches, parse } from "../../../src/index.js";

declare const image: Image;

export function building(): Filter {
  const filter: Filter = field.label("env").equals("prod").and(field.name.startsWith("docker.io/"));
  const strings: string[] = compile(filter.or(all));
  const isMatch: boolean = matches(parse(...strings), image);
  // @ts-expect-error containerd cannot filter by size
  field.target.size;
  // @ts-expect-error a label has a key
  field.label.equals("prod");
  // @ts-expect-error values are texts
  field.label("count").equals(1);
  // @ts-expect-error a field alone is no filter
  allOf(field.name);
  // @ts-expect-error nor is a text
  filter.and("name==a");
  // @ts-expect-error a boolean is no filter
  anyOf(filter, isMatch);
  // @ts-expect-error fields are values
  field.name = field.target.digest;
  return anyOf(filter, allOf(filter, parse("name==a")));
}
