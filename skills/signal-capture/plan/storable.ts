/**
 * What may be kept although no schema knows it: plain JSON that is shallow, well-formed, and holds no e-mail address. Refuses
 * addresses because whatever enters the log stays there.
 */

const deepest = 8;
const emailInside = /[^\s@]@[^\s@]+\.[^\s@]/;

export function storable(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() && !emailInside.test(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      return value === null || (depth < deepest && storableObject(value, depth));
    default:
      return false;
  }
}

function storableObject(value: object, depth: number): boolean {
  if (Array.isArray(value)) return value.every((item) => storable(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.entries(value).every(([name, item]) => storable(name) && storable(item, depth + 1));
}
