import { shortened } from "./printable.js";

const MAX_NAME_SHOWN = 120;

/** What the message of an error begins with: `create "app:1" in namespace "default"`. */
export function subjectOf(call: {
  readonly method: string;
  readonly namespace: string;
  readonly imageName?: string | undefined;
}): string {
  const { method, namespace, imageName } = call;
  const name = imageName === undefined ? "" : ` ${quoted(imageName)}`;
  return `${method}${name}${namespace === "" ? "" : ` in namespace ${quoted(namespace)}`}`;
}

/** A name as messages show it. */
export function quoted(name: string): string {
  return JSON.stringify(shortened(name, MAX_NAME_SHOWN));
}
