import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { checkVectors } from '../../skills/cohort/core/clv/index.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'clv-reference-vectors.json');

interface Vector {
  readonly model: string;
}

describe.skipIf(!existsSync(file))('reference vectors computed with 50 digits (skipped where the folder of vectors is absent)', () => {
  const document = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }) : { vectors: [] };

  it.each([...new Set(document.vectors.map(({ model }) => model))])(
    '%s: every value is within 1e-9, probabilities of counts within 1e-8',
    (model) => {
      const found = checkVectors({ vectors: document.vectors.filter((vector) => vector.model === model) });
      expect(found.quantities.filter(({ isWithin }) => !isWithin)).toEqual([]);
      expect(found.quantities.every(({ tolerance, quantity }) => tolerance === (quantity.startsWith('pmf_') ? 1e-8 : 1e-9))).toBe(true);
      // What is below 1e-300 has its logarithm among the vectors too.
      expect(found.notCompared.filter(({ why }) => why !== 'below 1e-300')).toEqual([]);
      expect(found.compared).toBeGreaterThan(100);
    },
  );
});
