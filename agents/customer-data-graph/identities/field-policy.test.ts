import { describe, expect, it } from 'vitest';

import type { FieldPolicy } from '../../../registries/identity/identity-rules.ts';
import { type DeclaredValue, type FieldState, policyOf, takeValue } from './field-policy.ts';

function winnerOf(policy: FieldPolicy, ...said: (readonly [string, string])[]): string {
  let state: FieldState<DeclaredValue> | undefined;
  for (const [value, source] of said) state = takeValue(state, { value, source }, policy);
  return `${state?.winner.value} of ${state?.winner.source}`;
}

describe('of several declared values', () => {
  const said = [
    ['DE', 'web'],
    ['FR', 'crm'],
    ['DE', 'store'],
    ['IT', 'web'],
  ] as const;

  it('the newest counts when nothing else is declared', () => {
    expect(policyOf({}, 'residency')).toEqual({ policy: 'most-recent' });
    expect(winnerOf({ policy: 'most-recent' }, ...said)).toBe('IT of web');
  });

  it('the first counts for ever under never-overwrite, once it says something', () => {
    expect(winnerOf({ policy: 'never-overwrite' }, ...said)).toBe('DE of web');
    expect(winnerOf({ policy: 'never-overwrite' }, ['', 'web'], ['FR', 'crm'], ['IT', 'web'])).toBe('FR of crm');
  });

  it('the one declared most often counts under most-frequent; of equals the one declared last', () => {
    expect(winnerOf({ policy: 'most-frequent' }, ...said)).toBe('DE of store');
    expect(winnerOf({ policy: 'most-frequent' }, ...said, ['IT', 'crm'])).toBe('IT of crm');
  });

  it('the best source counts under most-trusted-source, its newest value; sources not named come last', () => {
    const policy: FieldPolicy = { policy: 'most-trusted-source', sources: ['crm', 'store'] };
    expect(winnerOf(policy, ...said)).toBe('FR of crm');
    expect(winnerOf(policy, ...said, ['ES', 'crm'])).toBe('ES of crm');
    expect(winnerOf(policy, ['DE', 'web'], ['IT', 'mail'])).toBe('IT of mail');
  });

  it('an attribute has its own policy, else that of default', () => {
    const fields = { default: { policy: 'most-frequent' }, birthYear: { policy: 'never-overwrite' } } as const;
    expect(policyOf(fields, 'birthYear').policy).toBe('never-overwrite');
    expect(policyOf(fields, 'city').policy).toBe('most-frequent');
    expect(policyOf({}, 'constructor').policy).toBe('most-recent');
  });
});
