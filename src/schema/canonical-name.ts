import { fullNameOf } from "../reference/full-name.js";
import type { Subject } from "../util/subject.js";
import { invalid } from "./validate.js";

const EXAMPLE = "docker.io/library/app:1";

/** Rejects the name of a new record that Docker and CRI cannot use; throws a `ValidationError`. */
export function validateCanonicalName(name: string, subject: Subject): void {
  const fullName = fullNameOf(name);
  if (fullName === name) return;
  const which = fullName === undefined ? `, for example "${EXAMPLE}"` : `: "${fullName}"`;
  const message = `must be a full name, as Docker and CRI store it${which}`;
  throw invalid([{ path: "name", message }], subject);
}
