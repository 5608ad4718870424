/** Sets an own property, whatever its name: a plain assignment to `__proto__` would be lost. */
export function setOwn<V>(map: Record<string, V>, key: string, value: V): void {
  if (key === "__proto__")
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}
