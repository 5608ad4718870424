/**
 * Whether an object is a plain one of any realm, or has no prototype. A Map or a class instance would lose its contents
 * if it was copied. Throws for a proxy that cannot be read.
 */
export function hasPlainPrototype(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}
