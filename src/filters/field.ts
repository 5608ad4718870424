import { checkPattern, checkText } from "./arguments.js";
import { refuse, shorten } from "./errors.js";
import type { Filter } from "./filter.js";
import { freeze, type Operator, selector } from "./filter-node.js";
import { filterOf } from "./filter-value.js";
import { escapeRegexp } from "./regexp/literals.js";

/**
 * A field of an image record, from which filters are made.
 *
 * The name, the digest and the media type are never absent; a label or an annotation can be. Values are compared as
 * UTF-8 bytes: upper and lower case differ, and so do composed and decomposed letters.
 */
export interface Field {
  /**
   * The record has the field.
   *
   * @example
   * ```ts
   * compile(field.label("env").present()); // => ["labels.env"]
   * ```
   */
  present(): Filter;
  /**
   * The record does not have the field. containerd reads an absent label as "", and it never stores an empty one.
   *
   * @example
   * ```ts
   * compile(field.label("env").absent()); // => ['labels.env~="^$"']
   * ```
   */
  absent(): Filter;
  /**
   * The record has the field, with exactly this value.
   *
   * @throws ValidationError when the value is empty: use {@link absent}
   *
   * @example
   * ```ts
   * compile(field.label("env").equals("prod")); // => ['labels.env=="prod"']
   * field.label("env").equals(""); // throws ValidationError
   * ```
   */
  equals(value: string): Filter;
  /**
   * The field is absent or has another value: this is what containerd means by `!=`. See {@link presentAndNot}.
   *
   * @throws ValidationError when the value is empty: use {@link present}
   *
   * @example
   * ```ts
   * compile(field.label("env").notEquals("prod")); // => ['labels.env!="prod"']
   * ```
   */
  notEquals(value: string): Filter;
  /**
   * The record has the field, with another value.
   *
   * @throws ValidationError when the value is empty: use {@link present}
   *
   * @example
   * ```ts
   * compile(field.label("env").presentAndNot("prod")); // => ['labels.env,labels.env!="prod"']
   * ```
   */
  presentAndNot(value: string): Filter;
  /**
   * The record has the field, and the regexp is found anywhere in its value; `^` and `$` stand for its ends.
   *
   * A string is in Go's dialect, RE2, and may begin with flags such as `(?i)`. A `RegExp` is accepted only if it finds
   * the same in both dialects, whatever the text; then it is sent as it is. Named groups are sent as `(?P<n>…)`, which
   * containerd 1.6 knows too.
   *
   * @throws ValidationError when RE2 cannot read it, or reads a `RegExp` differently
   *
   * @example
   * ```ts
   * compile(field.name.matches("^docker\\.io/.*:v\\d+$")); // => ['name~="^docker\\\\.io/.*:v\\\\d+$"']
   * compile(field.label("tier").matches(/^[12]$/)); // => ['labels.tier,labels.tier~="^[12]$"']
   * field.name.matches("foo(?!bar)"); // throws ValidationError
   * ```
   */
  matches(pattern: string | RegExp): Filter;
  /**
   * The value of the field begins with this text. No character of it has a special meaning.
   *
   * @throws ValidationError when the text is empty: use {@link present}, or `all`
   *
   * @example
   * ```ts
   * compile(field.name.startsWith("docker.io/")); // => ['name~="^docker\\\\.io/"']
   * ```
   */
  startsWith(text: string): Filter;
  /**
   * The value of the field is one of these. Any number of values takes one string; `or` would take one for each. The
   * string is a regexp, which containerd compiles again for each record: from ten values on, `anyOf` of `equals` takes
   * the daemon much less time.
   *
   * @throws ValidationError without values, or when one is empty
   *
   * @example
   * ```ts
   * compile(field.label("env").oneOf("dev", "qa+1")); // => ['labels.env~="^(?:dev|qa\\\\+1)$"']
   * field.label("env").oneOf(); // throws ValidationError
   * ```
   */
  oneOf(...values: readonly string[]): Filter;
}

/** `written` is how the caller wrote the field, after `field.`; errors name it so. In lower case, it is the path. */
function makeField(written: string, path = written.toLowerCase().split("."), canBeAbsent = false): Field {
  const nameOf = (method: string) => `field.${written}.${method}`;
  const make = (op: Operator, value?: string) => filterOf(selector(path, op, value));
  const found = (pattern: string) => make("~=", pattern);
  const text = (method: string, value: string) => checkText(nameOf(method), value);
  const literal = (method: string, value: string) => escapeRegexp(checkText(nameOf(method), value));
  const present = () => make("");
  return freeze({
    present,
    absent: () => found("^$"),
    equals: (value: string) => make("==", text("equals", value)),
    notEquals: (value: string) => make("!=", text("notEquals", value)),
    presentAndNot: (value: string) => present().and(make("!=", text("presentAndNot", value))),
    matches: (pattern: string | RegExp) => {
      const filter = found(checkPattern(nameOf("matches"), pattern));
      return canBeAbsent ? present().and(filter) : filter;
    },
    startsWith: (start: string) => found(`^${literal("startsWith", start)}`),
    oneOf: (...values: readonly string[]) => {
      if (values.length === 0) refuse(nameOf("oneOf"), "needs a value");
      const alternatives = values.map((value, index) => literal(`oneOf[${index}]`, value));
      return found(`^(?:${alternatives.join("|")})$`);
    },
  });
}

/**
 * The fields that containerd can filter by; it has no others.
 *
 * @example
 * ```ts
 * const { name, target }: Fields = field;
 * compile(name.present().and(target.mediaType.matches("index"))); // => ['name,target.mediatype~="index"']
 * ```
 */
export interface Fields {
  /** The record's name. */
  readonly name: Field;
  readonly target: {
    /** The digest of the target. */
    readonly digest: Field;
    /** The media type of the target. */
    readonly mediaType: Field;
  };
  /** The label with this key, which may have any characters; dots have no special meaning. */
  label(key: string): Field;
  /** The annotation of the target with this key. Servers before 1.2.7 store no annotations. */
  annotation(key: string): Field;
}

/**
 * The fields from which every filter is built.
 *
 * @example
 * ```ts
 * compile(field.name.equals("app:1")); // => ['name=="app:1"']
 * compile(field.target.digest.startsWith("sha256:0a")); // => ['target.digest~="^sha256:0a"']
 * compile(field.target.mediaType.matches("index")); // => ['target.mediatype~="index"']
 * compile(field.label("io.cri-containerd.image").present()); // => ['labels."io.cri-containerd.image"']
 * compile(field.annotation("team").notEquals("web")); // => ['annotations.team!="web"']
 * field.label(""); // throws ValidationError
 * ```
 */
export const field: Fields = freeze({
  name: makeField("name"),
  target: freeze({
    digest: makeField("target.digest"),
    mediaType: makeField("target.mediaType"),
  }),
  label: (key: string) => makeKeyedField("label", key),
  annotation: (key: string) => makeKeyedField("annotation", key),
});

function makeKeyedField(method: "label" | "annotation", key: string): Field {
  checkText(`field.${method}(key)`, key, "");
  return makeField(`${method}(${JSON.stringify(shorten(key))})`, [`${method}s`, key], true);
}
