/** A checksum over every number and name of a model, so that an edit by hand does not pass for a fit. No protection from forgers. */
import type { BoostingModel } from './model.ts';

/** @returns 16 hex digits */
export function checksumOf(model: Omit<BoostingModel, 'checksum'>): string {
  const { kind, version, loss, names, start, trees, settings, fitted } = model;
  const hash = makeHash();
  hash.add([kind, version, loss, names, start, settings, fitted]);
  hash.add(trees.length);
  for (const { feature, threshold, missingLeft, left, value, cover } of trees) {
    hash.add([feature, threshold, missingLeft, left, value, cover]);
  }
  return hash.digits();
}

/** Two lanes of multiply and xor over 32-bit words; objects by their keys in order, lists and texts with their length. */
function makeHash(): { readonly add: (value: unknown) => void; readonly digits: () => string } {
  let [one, other] = [0x811c9dc5, 0x9e3779b9];
  const double = new Float64Array(1);
  const halves = new Int32Array(double.buffer);
  const word = (value: number): void => {
    one = Math.imul(one ^ value, 0x85ebca6b);
    one ^= one >>> 13;
    other = Math.imul((other << 5) | (other >>> 27), 0xc2b2ae35) ^ Math.imul(value ^ (value >>> 15), 0x27d4eb2f);
  };
  const text = (value: string): void => {
    word(value.length);
    for (let at = 0; at < value.length; at++) word(value.charCodeAt(at));
  };
  const number = (value: number): void => {
    double[0] = value + 0; // JSON has no −0
    word(halves[0] ?? 0);
    word(halves[1] ?? 0);
  };
  const add = (value: unknown): void => {
    if (typeof value === 'number') number(value);
    else if (typeof value === 'string') text(value);
    else if (Array.isArray(value)) {
      word(value.length);
      for (const item of value) add(item);
    } else if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).sort(([key], [later]) => (key < later ? -1 : 1));
      word(entries.length);
      for (const [key, item] of entries) {
        text(key);
        add(item);
      }
    } else word(0x5bd1e995);
  };
  const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
  return { add, digits: () => hex(one ^ (other >>> 16)) + hex(other ^ (one >>> 15)) };
}
