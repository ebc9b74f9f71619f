import { describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { erasedThings } from './erased-things.ts';

const content = createMemoryContent();
const model = content.putJson({ alpha: 1 });
const run = content.putJson({ model, members: null });
const runs = content.putJson([run]);
const file = `${'5'.repeat(64)}.parquet`;
const snapshot = content.putJson({ format: 'cohortium/snapshot@1', segments: [{ digest: '5'.repeat(64), file, events: 3 }], events: 3 });

const things = (marked: readonly string[]) =>
  erasedThings({
    content,
    markOf: (digest) => (marked.includes(digest) ? { erasure: 'one' } : undefined),
    markOfSegment: (name) => (marked.includes(name) ? { erasure: 'other' } : undefined),
    entryOf: (erasure) => (erasure === 'one' ? { day: '2026-02-03', entry: 17 } : null),
  });

describe('what was erased', () => {
  it('is found in what an input names, however deep, each once', () => {
    const found = { object: model.digest, day: '2026-02-03', entry: 17 };
    expect(things([model.digest]).within({ runs, same: [{ ...runs }] })).toEqual([found]);
    expect(things([model.digest]).of(model.digest)).toEqual(found);
    expect(things([model.digest]).of(run.digest)).toBeUndefined();
  });

  it('may be a segment of a snapshot, and have no entry that tells of it', () => {
    expect(things([file]).within({ snapshot })).toEqual([{ object: file, day: null, entry: null }]);
  });

  it('is not looked for beyond something that was erased itself, and is nothing where nothing was', () => {
    expect(
      things([runs.digest, model.digest])
        .within({ runs })
        .map(({ object }) => object),
    ).toEqual([runs.digest]);
    expect(things([]).within({ runs, snapshot, asOf: '2026-01-31' })).toEqual([]);
  });
});
