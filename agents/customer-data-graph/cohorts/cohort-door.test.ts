import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openAgent, simulateIntoLog } from '../index.ts';
import type { CustomerDataGraph } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohort-door-'));
const directory = join(folder, 'shop');
const definitions = join(directory, 'registries', 'cohorts');
const [asOf, window] = ['2024-12-31', '365d'];
let agent: CustomerDataGraph;

beforeAll(async () => {
  await initOperatorDirectory(directory, { currency: 'USD' });
  await simulateIntoLog(directory, { customers: 200, months: 12, seed: 'door' });
  writeFileSync(
    join(definitions, 'whales.yaml'),
    `id: whales
version: 1
title: Whales
method: k-means
windows: [365d]
population: [{ feature: orders, op: '>', value: 100000 }]
purpose: analytics
owner: CRM
reviewBy: 2030-01-01
`,
  );
  agent = await openAgent(directory);
  await agent.computeCohorts({ asOf, definitions: ['whales', 'rfm-segments'], windows: [window] });
});

afterAll(async () => {
  await agent.close();
  rmSync(folder, { recursive: true });
});

describe('questions about runs', () => {
  it('say money in the currency of the directory', async () => {
    const { cohorts } = await agent.cohortRun({ definition: 'rfm-segments', window });
    expect(cohorts.flatMap(({ says }) => says).join('\n')).toMatch(
      /Spend: median [\d ]+\.\d\d USD, of all [\d ]+\.\d\d USD; (above|below) \d+ %/,
    );
  });

  it('tell an empty population from an empty window', async () => {
    const { skipped } = await agent.cohortRun({ definition: 'whales', window });
    expect(skipped).toMatch(/^none of the \d+ customers who did anything in the window fulfils the population$/);
  });

  it('refuse to compare what was skipped, and say why it was', async () => {
    const [whales, segments] = [
      { definition: 'whales', window },
      { definition: 'rfm-segments', window },
    ];
    const refused = { code: 'ARGUMENT_INVALID', message: /'whales' in window 365d .* no cohorts to compare: none of the/ };
    await expect(agent.compareCohorts(whales, segments)).rejects.toMatchObject(refused);
    await expect(agent.compareWithLabels(whales, new Map([['c001', 'a']]))).rejects.toMatchObject(refused);
  });

  it('name the days of which there are runs', async () => {
    await expect(agent.cohortRun({ definition: 'rfm-segments', asOf: '2024-01-31' })).rejects.toMatchObject({
      message: `no run of 'rfm-segments' as of 2024-01-31; there are runs as of ${asOf}`,
    });
  });

  it('name definitions that ran and are declared no more', async () => {
    expect((await agent.cohortDefinitions()).withdrawn).toEqual([]);
    await agent.close();
    rmSync(join(definitions, 'whales.yaml'));
    agent = await openAgent(directory);
    expect((await agent.cohortDefinitions()).withdrawn).toEqual(['whales']);
  });
});
