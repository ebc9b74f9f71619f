import { describe, expect, it } from 'vitest';

import { digestOf, effectId, runId, seedOf, sha256 } from './ids.ts';
import { compareText } from './numeric/index.ts';

describe('ids', () => {
  it('are digests of content', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'); // FIPS 180-2 appendix B.1
    expect(digestOf({ b: 1, a: 2 })).toBe(digestOf({ a: 2, b: 1 }));
  });

  it('tell effects of one fold apart, and runs of one definition', () => {
    expect(effectId('i', 1, 0)).not.toBe(effectId('i', 1, 1));
    expect(effectId('i', 1, 0)).not.toBe(effectId('i', 10, 0));
    expect(runId(sha256('d'), { asOf: '2026-01-01' }, 1)).not.toBe(runId(sha256('d'), { asOf: '2026-01-01' }, 2));
  });

  it('give a step the same seed in every run', () => {
    expect(seedOf('d', '2026-01-01', 'cohort')).toBe(seedOf('d', '2026-01-01', 'cohort'));
    expect(seedOf('d', '2026-01-01', 'cohort')).not.toBe(seedOf('d', '2026-01-02', 'cohort'));
  });

  it('sort the same in every locale', () => {
    expect(['ä', 'z', 'Z', 'a'].sort(compareText)).toEqual(['Z', 'a', 'z', 'ä']);
  });
});
