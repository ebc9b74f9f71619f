import { describe, expect, it } from 'vitest';

import { executedLines } from './retention-lines.ts';

const nothing = { today: '2026-02-01', erasures: [], emptied: 0, keys: 0, bodies: 0, files: [], left: [] };

describe('retention that was executed, as lines', () => {
  it('speaks of a record only where something was removed', () => {
    expect(executedLines(nothing)).toEqual(['Nothing was removed on 2026-02-01.']);
    const left = [{ class: 'review', records: 2, because: 'it goes by hand' }];
    expect(executedLines({ ...nothing, left })).toEqual(['Nothing was removed on 2026-02-01.', '  left: 2 of review: it goes by hand']);
    for (const some of [
      { emptied: 1 },
      { keys: 1, bodies: 0 },
      { files: ['outputs/a.csv'] },
      { erasures: [{ erasure: 'ab', state: 'completed', because: [] }] },
    ] as const) {
      expect(executedLines({ ...nothing, ...some }).at(-1)).toBe('Each is on record: cohortium custody shows it.');
    }
  });
});
