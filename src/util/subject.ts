import { shortened } from "./printable.js";

const MAX_NAME_SHOWN = 120;

/** What an error is about: the method that was called, and with which image. */
export interface Subject {
  readonly method: string;
  readonly namespace: string;
  readonly imageName?: string | undefined;
}

/** What the message of an error begins with: `create "app:1" in namespace "default"`. */
export function subjectOf({ method, namespace, imageName }: Subject): string {
  const name = imageName ? ` ${quoted(imageName)}` : "";
  return method + name + (namespace && ` in namespace ${quoted(namespace)}`);
}

/** A name as messages show it. */
export function quoted(name: string): string {
  return JSON.stringify(shortened(name, MAX_NAME_SHOWN));
}
