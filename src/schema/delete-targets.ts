import * as z from "zod/mini";
import { TREE } from "../filters/filter-node.js";
import { type Filter, isFilter } from "../filters/index.js";
import type { Labels } from "../image.js";
import type { DeleteManyOptions, RecordToDelete } from "../options.js";
import { lazy } from "../util/lazy.js";
import type { Subject } from "../util/subject.js";
import { isPlainObject, isValidDate, passing, wrong } from "./building-blocks.js";
import { isEverything } from "./everything.js";
import { invalidFilter, validateFilter } from "./filter.js";
import { addIssues, type EntryIssue } from "./issues.js";
import { shown } from "./shown.js";
import { nearestSpelling } from "./suggestion.js";
import { validate } from "./validate.js";

/** One record to delete. */
export interface DeleteTarget {
  readonly name: string;
  /** The digest that it pointed at when it was read; absent if only its name is known. */
  readonly digest?: string | undefined;
  /** When it was created, as it was read. A record of the same name and digest with another date is another record. */
  readonly createdAt?: Date | undefined;
  /** When it was last changed, as it was read. A pull of an image whose record exists changes the record. */
  readonly updatedAt?: Date | undefined;
  /** Its labels, as they were read. A writer that chooses its dates can change them and keep `updatedAt`. */
  readonly labels?: Labels | undefined;
}

const NOT_A_RECORD =
  "must be a well-formed name, or a record without a namespace (the client has it), with name, target.digest and, if given, createdAt and updatedAt as valid Dates";

// Not a schema for each record: there may be a hundred thousand, and zod needs long for an issue.
const deleteTargetsSchema = lazy(() =>
  z.pipe(
    passing<readonly unknown[]>(
      Array.isArray,
      wrong("must be a list of names or records, or a filter (parse reads one from a string)"),
    ),
    z.transform((records: readonly unknown[], context): readonly DeleteTarget[] => {
      const targets: DeleteTarget[] = [];
      const issues: EntryIssue[] = [];
      const misspelling = misspellings();
      for (const [key, record] of records.entries()) {
        const target = deleteTargetOf(record);
        const misspelt = misspelling(record);
        if (misspelt !== undefined) issues.push({ key, message: misspelt });
        else if (target !== undefined) targets.push(target);
        else issues.push({ key, message: `${NOT_A_RECORD}, got ${shown(record)}` });
      }
      addIssues(context, issues);
      return targets;
    }),
  ),
);

// A record that was read may break rules for new records, so they are not checked here.
function deleteTargetOf(given: unknown): DeleteTarget | undefined {
  if (isName(given)) return { name: given };
  const { name, target, createdAt, updatedAt, labels, namespace } = fieldsOf(given);
  const { digest } = fieldsOf(target);
  // To the server an empty digest means any digest.
  if (!isName(name) || typeof digest !== "string" || digest === "" || namespace !== undefined) return undefined;
  if (!isDateOrAbsent(createdAt) || !isDateOrAbsent(updatedAt)) return undefined;
  // The caller may set a Date while the call runs, and then a record that was created again could be deleted.
  return {
    name,
    digest,
    createdAt: createdAt && new Date(createdAt),
    updatedAt: updatedAt && new Date(updatedAt),
    // Its values are only compared, so they need not be texts.
    labels: updatedAt && labels ? ({ ...fieldsOf(labels) } as Labels) : undefined,
  };
}

const FIELDS = ["name", "target", "createdAt", "updatedAt", "labels"];

/**
 * Finds a misspelt field in a record that lacks the one that is meant: to ignore it would lose what keeps the record.
 * Any other unknown field is ignored, because records may come from elsewhere.
 */
function misspellings(): (record: unknown) => string | undefined {
  const nearest = new Map<string, string>();
  return (record) => {
    const fields = fieldsOf(record);
    if (FIELDS.every((field) => fields[field])) return undefined;
    for (const [key, value] of Object.entries(fields)) {
      const meant = nearest.get(key) ?? nearestSpelling(key, FIELDS) ?? key;
      nearest.set(key, meant);
      if (value !== undefined && fields[meant] === undefined)
        return `must not have the unknown field ${shown(key)}; did you mean ${meant}?`;
    }
    return undefined;
  };
}

function isDateOrAbsent(value: unknown): value is Date | undefined {
  return value === undefined || isValidDate(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed();
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? (value as Readonly<Record<string, unknown>>) : {}; // isPlainObject has checked it
}

/**
 * A checked copy of what is to be deleted; a filter that matches every record is an error unless `everything` is set.
 */
export function validateDeleteTargets(
  which: readonly RecordToDelete[] | Filter,
  { everything = false }: DeleteManyOptions,
  subject: Subject,
): readonly DeleteTarget[] | Filter {
  if (!isFilter(which)) return validate(deleteTargetsSchema, which, subject, ["records"]);
  validateFilter(which, subject);
  if (everything || !isEverything(which[TREE])) return which;
  const message = "matches every record: pass { everything: true } if all of the namespace is to be deleted";
  throw invalidFilter([message], subject);
}
