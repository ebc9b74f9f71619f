/**
 * What changed between two contents of an entry, and whether those who rely on the entry can go on as before. Compatible is
 * only what is known to be: everything else is breaking.
 */
import { canonicalJson, type Json } from '../../skills/sdk/index.ts';
import type { RegistryName } from '../registry.ts';
import { type Compatibility, type ContentChange, rulesOf } from './diff-rules.ts';

export interface ClassifiedChange extends ContentChange {
  readonly compatibility: Compatibility;
  /** Why, in a clause. */
  readonly because: string;
}

/** Changes in order of their paths, each classified by the rules of the registry. */
export function diffEntries(registry: RegistryName, before: Json, after: Json): readonly ClassifiedChange[] {
  const rules = rulesOf(registry);
  return changesBetween(before, after, []).map((change) => {
    const rule = rules.find(({ applies }) => applies(change));
    return rule
      ? { ...change, compatibility: rule.compatibility, because: rule.because }
      : { ...change, compatibility: 'breaking', because: 'what it means for others is not known' };
  });
}

/** Breaking when any change is. */
export function compatibilityOf(changes: readonly ClassifiedChange[]): Compatibility {
  return changes.some(({ compatibility }) => compatibility === 'breaking') ? 'breaking' : 'compatible';
}

/** The first changes in a line of text. */
export function describeChanges(changes: readonly ClassifiedChange[]): string {
  const shown = changes.slice(0, 3).map((change) => `${change.path.join('.')} ${change.kind}, ${change.compatibility}`);
  return changes.length > shown.length ? `${shown.join('; ')}; and ${changes.length - shown.length} more` : shown.join('; ');
}

function changesBetween(before: Json | undefined, after: Json | undefined, path: readonly string[]): ContentChange[] {
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    return [{ path, kind: before === undefined ? 'added' : 'removed', before, after }];
  }
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (isTexts(before) && isTexts(after)) return textChanges(before, after, path);
  if (!isRecord(before) || !isRecord(after)) return [{ path, kind: 'changed', before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => changesBetween(ownValue(before, key), ownValue(after, key), [...path, key]));
}

/** Items that came and went; lists of the same items in another order have changed as a whole. */
function textChanges(before: readonly string[], after: readonly string[], path: readonly string[]): ContentChange[] {
  const gone = before.filter((item) => !after.includes(item));
  const come = after.filter((item) => !before.includes(item));
  if (gone.length + come.length === 0) return [{ path, kind: 'changed', before, after }];
  return [
    ...gone.map((item): ContentChange => ({ path: [...path, item], kind: 'removed', before: item, after: undefined })),
    ...come.map((item): ContentChange => ({ path: [...path, item], kind: 'added', before: undefined, after: item })),
  ];
}

/** A property may be called `constructor`. */
function ownValue(record: { readonly [key: string]: Json | undefined }, key: string): Json | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isTexts(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
