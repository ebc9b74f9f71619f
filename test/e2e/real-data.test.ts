import { createReadStream, createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import type { IngestReport, RunReport, ValueAnswer } from '../../agents/customer-data-graph/interface.ts';
import { cohortiumJson, sharedFolder, temporaryFolder } from './command-line.ts';

const cdnow = join(sharedFolder, 'data', 'cdnow', 'CDNOW_sample.txt');
const foodmart = join(sharedFolder, 'data', 'foodmart', 'foodmart_sales_1997_joined.csv.gz');

async function shop(): Promise<string> {
  const directory = join(temporaryFolder(), 'shop');
  await cohortiumJson(['init', directory, '--currency', 'USD']);
  return directory;
}

function stepOutput(run: RunReport, step: string): Readonly<Record<string, unknown>> {
  return run.steps.find(({ id }) => id === step)?.output ?? {};
}

interface FittedTiming {
  readonly family: string;
  readonly share: number;
  readonly boundary: string;
  readonly parameters: Readonly<Record<string, number>>;
}

describe.skipIf(!existsSync(cdnow))('CDNOW, the 1/10 sample (skipped where the data folder is absent)', () => {
  it('goes from a text file to a gated, recorded value as of 1997-09-30', async () => {
    const directory = await shop();
    const map = join(directory, 'map.yaml');
    writeFileSync(
      map,
      [
        'delimiter: whitespace',
        'header: [master_id, customer, date, cds, dollars]',
        'dateFormat: yyyyMMdd',
        'currency: USD',
        'columns: { customer: customer, at: date, amount: dollars }',
      ].join('\n'),
    );
    const ingested = await cohortiumJson<IngestReport>(['ingest', cdnow, '--map', map, '--dir', directory]);
    expect(ingested).toMatchObject({ lines: 6919, accepted: 6919, duplicates: 0, quarantined: 0 });

    const run = await cohortiumJson<RunReport>(['run', 'pipelines/clv.yaml', '--as-of', '1997-09-30', '--dir', directory]);
    expect(run.status).toBe('completed');
    expect(stepOutput(run, 'cohort')).toMatchObject({ summary: { customers: 2357 } });

    // Fitted in exact weeks to 1997-09-30; Fader, Hardie & Lee (2005) give .243, 4.414, .793, 2.426.
    const { summary } = stepOutput(run, 'cohort') as { readonly summary: { readonly timing: readonly FittedTiming[] } };
    const parameters = summary.timing.find(({ family }) => family === 'bg-nbd')?.parameters ?? {};
    expect(parameters['r']).toBeCloseTo(0.24259452, 6);
    expect(parameters['alpha']).toBeCloseTo(4.41360202, 5);
    expect(parameters['a']).toBeCloseTo(0.79292202, 5);
    expect(parameters['b']).toBeCloseTo(2.42590678, 5);
    // The models share everybody's predictions.
    expect(summary.timing.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 12);

    expect(await cohortiumJson(['verify', '--dir', directory])).toMatchObject({ verified: true });
    expect(await cohortiumJson(['replay', run.runId, '--dir', directory])).toMatchObject({ identical: true });
    const value = await cohortiumJson<ValueAnswer>(['score', '0006', '--dir', directory]);
    expect(value).toMatchObject({ customerId: '0006', outcome: 'pass', asOf: '1997-09-30', currency: 'USD' });
    expect(value.value?.clvMinor).toBeGreaterThan(0);
  });

  it('takes the same file twice without counting anything twice', async () => {
    const directory = await shop();
    const map = join(directory, 'map.yaml');
    writeFileSync(
      map,
      'delimiter: whitespace\nheader: [m, customer, date, cds, dollars]\ndateFormat: yyyyMMdd\ncurrency: USD\ncolumns: { customer: customer, at: date, amount: dollars }\n',
    );
    await cohortiumJson(['ingest', cdnow, '--map', map, '--dir', directory]);
    expect(await cohortiumJson<IngestReport>(['ingest', cdnow, '--map', map, '--dir', directory])).toMatchObject({
      accepted: 0,
      duplicates: 6919,
    });
  });
});

describe.skipIf(!existsSync(foodmart))('FoodMart 1997 (skipped where the data folder is absent)', () => {
  it('gives value by store × media type × brand that adds up, on the boundary of the model', async () => {
    const directory = await shop();
    const file = join(directory, 'foodmart.csv');
    await pipeline(createReadStream(foodmart), createGunzip(), createWriteStream(file));
    const map = join(directory, 'map.yaml');
    writeFileSync(
      map,
      [
        "dateFormat: 'yyyy-MM-dd HH:mm:ss.S'",
        'currency: USD',
        'columns:',
        '  customer: customer_id',
        '  at: the_date',
        '  amount: store_sales',
        '  location: store_id',
        '  channel: media_type',
        '  brand: brand_name',
        '  sku: product_id',
      ].join('\n'),
    );
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length - 1;
    const ingested = await cohortiumJson<IngestReport>(['ingest', file, '--map', map, '--dir', directory]);
    expect(ingested.lines).toBe(lines);
    expect(ingested.accepted + ingested.duplicates + ingested.quarantined).toBe(lines);
    expect(ingested.quarantined).toBe(0);

    const run = await cohortiumJson<RunReport>(['run', 'pipelines/clv.yaml', '--as-of', '1997-12-31', '--dir', directory]);
    expect(run.status).toBe('completed');
    const cohort = stepOutput(run, 'cohort') as {
      readonly summary: { readonly customers: number; readonly timing: readonly FittedTiming[] };
    };
    expect(cohort.summary.customers).toBe(5581);
    expect(cohort.summary.timing.map(({ boundary }) => boundary).join()).toContain('nobody leaves');

    const account = await cohortiumJson<ValueAnswer>(['score', '106', '--dir', directory]);
    const here = await cohortiumJson<ValueAnswer>(['score', '106', '--location', '6', '--dir', directory]);
    expect(here.value?.share).toBeGreaterThan(0);
    expect(here.value?.clvMinor).toBeLessThanOrEqual(account.value?.clvMinor ?? 0);
    expect(await cohortiumJson(['verify', '--dir', directory])).toMatchObject({ verified: true });
  });
});
