import { describe, expect, it } from 'vitest';

import { isRecordClass } from '../../gate/core/retention/record-classes.ts';
import { isRecordKind, recordKinds } from './record-kinds.ts';
import { recordBodySchemas } from './record-schema.ts';

describe('kinds of records', () => {
  it('have a retention class that the retention rules speak of', () => {
    for (const { class: name } of Object.values(recordKinds)) expect(isRecordClass(name), name).toBe(true);
  });

  it('are those that a body schema is for', () => {
    for (const kind of Object.keys(recordBodySchemas)) expect(isRecordKind(kind), kind).toBe(true);
    expect(isRecordKind('toString')).toBe(false);
  });

  it('refuse a body that lacks a part, and take one that says why it is absent', () => {
    const { cohorts } = recordBodySchemas;
    const axes = { location: 'Berlin', brand: { absent: 'this axis is switched off' } };
    expect(cohorts.safeParse({ customer: 'kid', axes }).success).toBe(false);
    expect(cohorts.safeParse({ customer: 'kid', axes, definitions: { absent: '' } }).success).toBe(false);
    expect(cohorts.safeParse({ customer: 'c-1', axes, definitions: { absent: 'none' } }).success).toBe(false);
    expect(cohorts.safeParse({ customer: 'kid', axes, definitions: { absent: 'none' } }).success).toBe(true);
  });
});
