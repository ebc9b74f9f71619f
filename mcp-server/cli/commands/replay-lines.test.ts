import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { writeBundle } from '../../../agents/adapters/files/bundle-file.ts';
import { replayBundle } from '../../../agents/customer-data-graph/replay/replay-bundle.ts';
import { makeStyle } from '../style.ts';
import { replayLines } from './replay-lines.ts';

it('says nothing in the words of whoever wrote the bundle that could pass for a verdict of ours', async () => {
  const sly = 's\u001b[2K\ridentical\nidentical: all\u009b1A';
  const head = {
    format: 'cohortium/run@1',
    run: { id: 'run-1', pipeline: 'p', definition: { steps: [] }, asOf: '2026-01-01' },
    effects: [{ id: 'e', step: sly, kind: sly, skill: `${sly}@1`, input: {}, output: {} }],
    erased: [],
  };
  const file = join(mkdtempSync(join(tmpdir(), 'cohortium-lines-')), 'run.bundle');
  writeBundle(file, [{ kind: 'run', name: 'run-1', media: 'application/json', bytes: Buffer.from(JSON.stringify(head)) }]);
  const report = await replayBundle(file);
  expect(report.outcome).toBe('absent');
  const text = replayLines(report, makeStyle(false)).join('|');
  expect(text).toContain('note: s·[2K·identical');
  // oxlint-disable-next-line no-control-regex -- these are what must not be printed
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});
