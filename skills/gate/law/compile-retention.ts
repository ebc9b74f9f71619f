/**
 * Retention rows of a regime made into clocks, with the scope of the regime in their conditions. What the scope says of purpose and
 * sink is left out: a record is kept or not whatever it is used for, and its class says what it is about.
 */
import { always, type Condition } from '../core/policy/condition.ts';
import type { RetentionRule } from '../core/retention/clock.ts';
import { clockEvents, isClockEvent, isRecordClass, recordClasses } from '../core/retention/record-classes.ts';
import { readCondition } from './read-condition.ts';
import type { ConditionText, FactDefinition, RegimeFile, RetentionRule as RetentionRow } from './regime-schema.ts';

interface CompiledRetention {
  readonly rules: readonly RetentionRule[];
  /** What is wrong, in words, with the path of the place. */
  readonly faults: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

export function compileRetention(file: RegimeFile, facts: Readonly<Record<string, FactDefinition>>): CompiledRetention {
  const faults: { path: readonly (string | number)[]; message: string }[] = [];
  const read = (text: ConditionText | undefined, path: readonly (string | number)[]): Condition => {
    if (text === undefined) return always;
    const found: string[] = [];
    const condition = readCondition(text, facts, found);
    faults.push(...found.map((message) => ({ path, message })));
    return condition;
  };
  const scope = withoutUse(read(file.appliesTo, ['appliesTo']), true);
  const excluded = file.excludes.map(({ when }, at): Condition => ({
    kind: 'not',
    of: withoutUse(read(when, ['excludes', at, 'when']), false),
  }));
  const rules = file.retention.map((row, at): RetentionRule => {
    const path = ['retention', at];
    const fault = (field: string, message: string): unknown => faults.push({ path: [...path, field], message });
    const when = read(row.when, [...path, 'when']);
    if (!isClockEvent(row.from)) fault('from', `there is no event '${row.from}'; events are: ${Object.keys(clockEvents).join(', ')}`);
    if (row.until !== undefined && !isClockEvent(row.until)) {
      fault('until', `there is no event '${row.until}'; events are: ${Object.keys(clockEvents).join(', ')}`);
    }
    const unknown = row.records.filter((name) => name !== 'all' && !isRecordClass(name));
    if (unknown.length > 0) {
      fault('records', `there is no class of records '${unknown.join("', '")}'; they are: all, ${Object.keys(recordClasses).join(', ')}`);
    }
    const period = periodOf(row);
    if (period === undefined) fault('years', 'years in whole months were expected, such as 0.5');
    if (period !== null && row.until !== undefined) fault('until', 'a period or the event that ends it was expected, not both');
    return {
      id: row.id,
      regime: file.regime,
      kind: row.kind,
      period: period ?? null,
      from: isClockEvent(row.from) ? row.from : 'record',
      until: row.until !== undefined && isClockEvent(row.until) ? row.until : null,
      records: row.records.includes('all') ? null : row.records.filter(isRecordClass),
      condition: { kind: 'all', of: [scope, ...excluded, when] },
      citation: row.citation,
      note: row.note ?? null,
      verify: row.verify ?? null,
      effectiveFrom: row.effectiveFrom ?? file.effectiveFrom ?? null,
      effectiveTo: row.effectiveTo ?? file.effectiveTo ?? null,
    };
  });
  return { rules, faults };
}

/** undefined where years are no whole months. */
function periodOf({ years = 0, months = 0, days = 0 }: RetentionRow): RetentionRule['period'] | undefined {
  const total = years * 12 + months;
  if (!Number.isInteger(total)) return undefined;
  return total === 0 && days === 0 ? null : { months: total, days };
}

/** A test of the use becomes what reaches further: the row then is about the record. @param wanted what makes the row reach it */
function withoutUse(condition: Condition, wanted: boolean): Condition {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return { kind: condition.kind, of: condition.of.map((part) => withoutUse(part, wanted)) };
    case 'not':
      return { kind: 'not', of: withoutUse(condition.of, !wanted) };
    default:
      return condition.fact === 'purpose' || condition.fact === 'sink' ? (wanted ? always : { kind: 'any', of: [] }) : condition;
  }
}
