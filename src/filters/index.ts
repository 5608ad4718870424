/**
 * Only the filters: no transport, no validation library.
 *
 * @module containerd-images/filters
 */
export { FilterSyntaxError, ValidationError } from "../errors.js";
export { check, type FilterIssue } from "./check.js";
export { compile } from "./compile.js";
export { type Field, type Fields, field } from "./field.js";
export { type Filter, isFilter } from "./filter.js";
export { all, allOf, anyOf } from "./filter-value.js";
export type { MatchableImage } from "./image-field.js";
export { matches } from "./matches.js";
export { parse } from "./parse.js";
