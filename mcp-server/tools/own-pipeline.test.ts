import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { ownPipeline } from './own-pipeline.ts';

const place = mkdtempSync(join(tmpdir(), 'cohortium-own-pipeline-'));
const directory = join(place, 'shop');

beforeAll(() => {
  mkdirSync(join(directory, 'pipelines', 'more'), { recursive: true });
  mkdirSync(join(directory, '.cohortium', 'keys'), { recursive: true });
  for (const file of ['pipelines/clv.yaml', 'pipelines/more/a..b.yaml', '.cohortium/keys/ledger-signing.json', '../outside.yaml']) {
    writeFileSync(join(directory, file), 'pipeline: x\n');
  }
  symlinkSync(join(place, 'outside.yaml'), join(directory, 'pipelines', 'link.yaml'));
  symlinkSync(join(directory, 'pipelines', 'clv.yaml'), join(directory, 'pipelines', 'alias.yaml'));
});

describe('the pipelines that a model may name', () => {
  it.each(['pipelines/clv.yaml', 'clv.yaml', './pipelines/clv.yaml', 'more/a..b.yaml', 'alias.yaml', 'not-there.yaml'])(
    '%s stays as it is',
    (pipeline) => {
      expect(ownPipeline(directory, pipeline)).toBe(pipeline);
    },
  );

  it.each([
    join(place, 'outside.yaml'),
    join(directory, 'pipelines', 'clv.yaml'),
    '../outside.yaml',
    'pipelines/../../outside.yaml',
    '..',
    '.',
    'pipelines',
    '/etc/passwd',
    'C:\\pipelines\\clv.yaml',
    '..\\outside.yaml',
    'pipelines/clv.yaml\0.txt',
    'link.yaml',
    'pipelines/link.yaml',
    '.cohortium/keys/ledger-signing.json',
    './.cohortium/keys/ledger-signing.json',
    'pipelines/.//../pipelines/clv.yaml',
  ])('%j is refused', (pipeline) => {
    expect(() => ownPipeline(directory, pipeline)).toThrow(expect.objectContaining({ code: 'PIPELINE_NOT_FOUND' }));
  });

  it('does not take a file from where the server was started', () => {
    const here = relative(process.cwd(), import.meta.filename);
    expect(() => ownPipeline(directory, here)).toThrow(expect.objectContaining({ code: 'PIPELINE_NOT_FOUND' }));
  });
});
