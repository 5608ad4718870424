import { escapeRegexp } from "./balance-pattern.js";
import { type Filter, filterOf } from "./filter.js";
import { combine, type Operator, type Selector, selector } from "./filter-node.js";
import { readPattern } from "./pattern.js";
import { checkText, refuse } from "./rule.js";
import { shorten } from "./shorten.js";

/**
 * A field of an image record, from which filters are made.
 *
 * The name, the digest and the media type are never absent; a label or an annotation can be. What is compared are the
 * UTF-8 bytes: upper and lower case differ, and so do composed and decomposed letters.
 */
export interface Field {
  /**
   * The record has it.
   *
   * @example
   * compile(field.label("env").present()); // => ["labels.env"]
   */
  present(): Filter;
  /**
   * The record does not have it. containerd reads an absent label as "", and it never stores an empty one.
   *
   * @example
   * compile(field.label("env").absent()); // => ['labels.env~="^$"']
   */
  absent(): Filter;
  /**
   * It is there and exactly this.
   *
   * @throws ValidationError when the value is empty: {@link absent} is what it would have to mean
   *
   * @example
   * compile(field.label("env").equals("prod")); // => ['labels.env=="prod"']
   * field.label("env").equals(""); // throws ValidationError
   */
  equals(value: string): Filter;
  /**
   * It is absent, or something else: what containerd means by `!=`. See {@link presentAndNot}.
   *
   * @throws ValidationError when the value is empty: {@link present} says it
   *
   * @example
   * compile(field.label("env").notEquals("prod")); // => ['labels.env!="prod"']
   */
  notEquals(value: string): Filter;
  /**
   * It is there, and something else.
   *
   * @throws ValidationError when the value is empty: {@link present} says it
   *
   * @example
   * compile(field.label("env").presentAndNot("prod")); // => ['labels.env,labels.env!="prod"']
   */
  presentAndNot(value: string): Filter;
  /**
   * It is there, and the regexp is found anywhere in it; `^` and `$` tie it to the ends.
   *
   * A string is in Go's dialect, RE2, and may be `(?i)…`. A `RegExp` is taken only if it finds the same in both
   * dialects, whatever the text; then it is sent as it is. Named groups are sent as `(?P<n>…)`, the form that
   * containerd 1.6 knows too.
   *
   * @throws ValidationError when RE2 cannot read it, or reads a `RegExp` differently
   *
   * @example
   * compile(field.name.matches("^docker\\.io/.*:v\\d+$")); // => ['name~="^docker\\\\.io/.*:v\\\\d+$"']
   * compile(field.label("tier").matches(/^[12]$/)); // => ['labels.tier,labels.tier~="^[12]$"']
   * field.name.matches("foo(?!bar)"); // throws ValidationError
   */
  matches(pattern: string | RegExp): Filter;
  /**
   * It begins with this text, in which nothing has a special meaning.
   *
   * @throws ValidationError when the text is empty: {@link present} says it, or `all`
   *
   * @example
   * compile(field.name.startsWith("docker.io/")); // => ['name~="^docker\\\\.io/"']
   */
  startsWith(text: string): Filter;
  /**
   * It is one of these texts. However many there are, they take one string, which `or` would not.
   *
   * @throws ValidationError without values, or when one is empty
   *
   * @example
   * compile(field.label("env").oneOf("dev", "qa+1")); // => ['labels.env~="^(?:dev|qa\\\\+1)$"']
   * field.label("env").oneOf(); // throws ValidationError
   */
  oneOf(...values: readonly string[]): Filter;
}

class FieldValue implements Field {
  readonly #path: readonly string[];
  readonly #text: string;

  /** `text` is how the caller wrote the field; errors name it. */
  constructor(path: readonly string[], text: string) {
    this.#path = path;
    this.#text = text;
    Object.freeze(this);
  }

  present(): Filter {
    return filterOf(this.#select("present"));
  }

  absent(): Filter {
    return filterOf(this.#select("~=", "^$"));
  }

  equals(value: string): Filter {
    return filterOf(this.#select("==", this.#check("equals", value, ": use absent()")));
  }

  notEquals(value: string): Filter {
    return filterOf(this.#select("!=", this.#check("notEquals", value, ": use present()")));
  }

  presentAndNot(value: string): Filter {
    const differs = this.#select("!=", this.#check("presentAndNot", value, ": use present()"));
    return filterOf(combine("and", [this.#select("present"), differs]));
  }

  matches(pattern: string | RegExp): Filter {
    const found = this.#select("~=", readPattern(`${this.#text}.matches`, pattern));
    return filterOf(this.#canBeAbsent ? combine("and", [this.#select("present"), found]) : found);
  }

  startsWith(text: string): Filter {
    const checked = this.#check("startsWith", text, ": use present(), or absent() for a field that is not there");
    return filterOf(this.#select("~=", `^${escapeRegexp(checked)}`));
  }

  oneOf(...values: readonly string[]): Filter {
    if (values.length === 0) refuse(`${this.#text}.oneOf`, "needs at least one value");
    const texts = values.map((value, index) => this.#check(`oneOf[${index}]`, value, ": add .or(….absent())"));
    return filterOf(this.#select("~=", `^(?:${texts.map(escapeRegexp).join("|")})$`));
  }

  get #canBeAbsent(): boolean {
    return this.#path[0] === "labels" || this.#path[0] === "annotations";
  }

  #select(operator: Operator, value?: string): Selector {
    return selector(this.#path, operator, value);
  }

  #check(method: string, value: unknown, instead: string): string {
    return checkText(`${this.#text}.${method}`, value, instead);
  }
}

function keyed(field: "labels" | "annotations", method: string, key: string): Field {
  checkText(`field.${method}`, key, ": no key is");
  return new FieldValue([field, key], `field.${method}(${JSON.stringify(shorten(key))})`);
}

/** The fields that containerd can filter by; it has no others. */
export interface Fields {
  /** The record's name. */
  readonly name: Field;
  readonly target: {
    /** The digest that the record points at. */
    readonly digest: Field;
    /** The media type of what it points at. */
    readonly mediaType: Field;
  };
  /** The label of that key, whatever characters are in it; dots have no meaning. */
  label(key: string): Field;
  /** The annotation of the target of that key. Servers before 1.2.7 store none. */
  annotation(key: string): Field;
}

/**
 * Where every filter starts.
 *
 * @example
 * compile(field.name.equals("app:1")); // => ['name=="app:1"']
 * compile(field.target.digest.startsWith("sha256:0a")); // => ['target.digest~="^sha256:0a"']
 * compile(field.target.mediaType.matches("index")); // => ['target.mediatype~="index"']
 * compile(field.label("io.cri-containerd.image").present()); // => ['labels."io.cri-containerd.image"']
 * compile(field.annotation("team").notEquals("web")); // => ['annotations.team!="web"']
 * field.label(""); // throws ValidationError
 */
export const field: Fields = Object.freeze({
  name: new FieldValue(["name"], "field.name"),
  target: Object.freeze({
    digest: new FieldValue(["target", "digest"], "field.target.digest"),
    mediaType: new FieldValue(["target", "mediatype"], "field.target.mediaType"),
  }),
  label: (key: string) => keyed("labels", "label", key),
  annotation: (key: string) => keyed("annotations", "annotation", key),
});
