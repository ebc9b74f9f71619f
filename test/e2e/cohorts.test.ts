/**
 * Cohorts on the command line, as an operator meets them: a new directory, a simulated merchant, every definition in every window, and
 * what can be asked of the result.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { CohortComparison, CohortDefinitions, LabelReport, RunReport } from '../../agents/customer-data-graph/interface.ts';
import { type CohortRun, cohortRunSchema } from '../../skills/cohort/definitions/cohort-run.ts';
import { methodIds } from '../../skills/cohort/definitions/definition.ts';
import { cohortium, cohortiumJson, temporaryFolder } from './command-line.ts';

const shop = join(temporaryFolder(), 'shop');
const at = (...parameters: string[]): string[] => [...parameters, '--dir', shop];
const definitions = join(shop, 'registries', 'cohorts');
const [before, now] = ['2025-05-31', '2025-06-30'];
let report: RunReport;

beforeAll(async () => {
  for (const parameters of [
    ['init', shop],
    at('simulate', '--customers', '2000', '--months', '18'),
    at('ingest', join(shop, 'transactions.csv'), '--map', join(shop, 'map.yaml')),
    at('ingest', join(shop, 'events.jsonl')),
  ]) {
    const { status, stderr } = await cohortium(parameters);
    if (status !== 0) throw new Error(stderr);
  }
  report = await cohortiumJson<RunReport>(at('cohorts', 'compute', '--as-of', now));
}, 600_000);

describe('a new operator directory', () => {
  it('has one definition per method and computes all of them in all six windows', async () => {
    const answer = await cohortiumJson<CohortDefinitions>(at('cohorts', 'list'));
    expect(answer.definitions.map(({ method }) => method).sort()).toEqual([...methodIds].sort());
    expect(report.status).toBe('completed');
    for (const { id, lastRun } of answer.definitions) {
      expect(lastRun?.asOf, id).toBe(now);
      expect(lastRun?.windows, id).toHaveLength(6);
      // A day may be too short for a method; a year is not.
      expect(
        lastRun?.windows.filter(({ skipped }) => skipped === null).map(({ window }) => window),
        id,
      ).toEqual(expect.arrayContaining(['365d', 'lifetime']));
    }
  });

  it('computes no value with them', () => {
    const output = report.steps.find(({ id }) => id === 'cohorts')?.output;
    expect(output).toMatchObject({ scores: null, accounts: null, summary: null, cohortSummary: { definitions: 13, windows: 78 } });
  });

  it('finds a day that is computed already', async () => {
    const again = await cohortiumJson<RunReport>(at('cohorts', 'compute', '--as-of', now));
    const summary = (run: RunReport): Readonly<Record<string, unknown>> | undefined =>
      run.steps.find(({ id }) => id === 'cohorts')?.output?.['cohortSummary'] as Readonly<Record<string, unknown>> | undefined; // by the skill's schema
    expect(summary(again)).toMatchObject({ joined: 0, left: 0, moved: 0, membershipVersion: summary(report)?.['membershipVersion'] });
  });

  it('reproduces the run, bit for bit, with everything computed again', async () => {
    const { status, stdout } = await cohortium(at('replay', report.runId));
    expect(stdout).toContain('identical');
    expect(status).toBe(0);
  });
});

describe('one definition', () => {
  it('is shown in words and figures, and drawn', async () => {
    const pictures = join(shop, 'pictures');
    const { status, stdout } = await cohortium(at('cohorts', 'profile', 'shopping-levels', '--window', '90d', '--out', pictures));
    expect(status).toBe(0);
    expect(stdout).toMatch(/c1 .*\n[^]*of those who took part\.[^]*agreement of refits[^]*silhouette/);
    const files = readdirSync(pictures);
    expect(files.sort()).toEqual(['shopping-levels-90d-method.svg', 'shopping-levels-90d-sizes.svg', 'shopping-levels-90d-traits.svg']);
    expect(readFileSync(join(pictures, files[0]!), 'utf8')).toMatch(/^<svg /);
  });

  it.each([
    'personas',
    'journeys',
    'basket-themes',
    'shopping-circles',
    'purchase-funnel',
    'lapse-risk',
    'purchase-intent',
    'shopping-tree',
  ])('can be drawn: %s', async (definition) => {
    const pictures = join(shop, 'more-pictures');
    const { status, stderr } = await cohortium(at('cohorts', 'profile', definition, '--window', 'lifetime', '--out', pictures));
    expect(status, stderr).toBe(0);
    expect(readdirSync(pictures)).toContain(`${definition}-lifetime-method.svg`);
  });

  it('says for each customer whose it is, why, and until when', async () => {
    const answer = await cohortiumJson<{ readonly memberships: readonly { readonly definition: string; readonly window: string }[] }>(
      at('cohorts', 'customer', 'c0007'),
    );
    expect(new Set(answer.memberships.map(({ definition }) => definition)).size).toBeGreaterThan(9);
  });

  it('is compared with another, and with known groups', async () => {
    const two = await cohortiumJson<CohortComparison>(at('cohorts', 'compare', 'shopping-levels', 'rfm-segments', '--window', '365d'));
    expect(two.adjustedRandIndex).toBeGreaterThan(0);
    expect(two.counts.flat().reduce((total, count) => total + count, 0)).toBe(two.common);
    expect(two.moved).toBeNull();

    const segments = cohortRunSchema
      .loose()
      .parse(await cohortiumJson<CohortRun>(at('cohorts', 'profile', 'rfm-segments', '--window', '365d')));
    const labels = join(shop, 'labels.csv');
    const members = await cohortiumJson<{ readonly memberships: readonly Membership[] }>(at('cohorts', 'customer', 'c0007'));
    const own = members.memberships.find(({ definition, window }) => definition === 'rfm-segments' && window === '365d');
    writeFileSync(labels, `customerId,label\nc0007,${own?.cohort}\nnobody,other\n`);
    const known = await cohortiumJson<LabelReport>(at('cohorts', 'compare', 'rfm-segments', '--window', '365d', '--labels', labels));
    expect(known).toMatchObject({ labels: 2, known: 1, coverage: 1, purity: 1, recall: 1 });
    expect(known.cohorts.find(({ label }) => label !== null)?.key).toBe(own?.cohort);
    expect(segments.cohorts.map(({ key }) => key)).toContain(own?.cohort);
  });

  interface Membership {
    readonly definition: string;
    readonly window: string;
    readonly cohort: string;
  }
});

describe('another day', () => {
  it('computes a part, keeps the keys, and says who moved', async () => {
    const part = at('cohorts', 'compute', '--as-of', before, '--definition', 'shopping-levels,rfm-segments', '--window', '90d');
    const { stdout, status } = await cohortium(part);
    expect(status).toBe(0);
    expect(stdout).toMatch(/2 windows of 2 definitions, 0 skipped/);
    const days = [`shopping-levels@${before}`, `shopping-levels@${now}`];
    const compared = await cohortiumJson<CohortComparison>(at('cohorts', 'compare', ...days, '--window', '90d'));
    expect(compared.moved?.customers).toBeGreaterThan(0);
    const shared = compared.first.cohorts.filter(({ key }) => compared.second.cohorts.some((other) => other.key === key));
    expect(shared.length).toBeGreaterThan(1);
    const total = compared.moved?.moves.reduce((sum, { customers }) => sum + customers, 0);
    expect(total).toBe(compared.moved?.customers);
  });
});

describe('what is wrong', () => {
  const failing = async (...parameters: string[]): Promise<string> => {
    const { status, stderr } = await cohortium(at('cohorts', ...parameters));
    expect(status).not.toBe(0);
    return stderr;
  };

  it('is said of names that are not there', async () => {
    expect(await failing('compute', '--as-of', now, '--definition', 'nobody')).toMatch(/no definition 'nobody'; there are: basket-themes/);
    expect(await failing('compute', '--as-of', now, '--window', '30d')).toMatch(/no window '30d'/);
    expect(await failing('compute', '--as-of', '2025-06-31')).toMatch(/2025-06-31/);
    expect(await failing('compute')).toMatch(/--as-of is needed/);
    expect(await failing('profile', 'nobody')).toMatch(/no run of 'nobody'/);
    expect(await failing('compare', 'personas')).toMatch(/two are needed/);
    expect(await failing('compare', 'personas@yesterday', 'personas')).toMatch(/personas@yesterday/);
    expect(await failing('compare', 'personas', '--labels', 'absent.csv')).toMatch(/absent\.csv/);
  });

  it('is said of a definition, with its place, and nothing is computed', async () => {
    mkdirSync(definitions, { recursive: true });
    const file = join(definitions, 'broken.yaml');
    writeFileSync(
      file,
      readFileSync(join(definitions, 'personas.yaml'), 'utf8').replace('id: personas', 'id: broken').replace('cohorts: 5', 'cohort: 5'),
    );
    const { status, stdout } = await cohortium(at('lint'));
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/registries\/cohorts\/broken\.yaml:\d+:\d+: error CONFIG_INVALID: unknown parameter 'cohort'/);
    expect(await failing('compute', '--as-of', now)).toMatch(/broken\.yaml/);
    const changed = readFileSync(join(definitions, 'personas.yaml'), 'utf8').replace('cohorts: 5', 'cohorts: 4');
    writeFileSync(file, '');
    writeFileSync(join(definitions, 'personas.yaml'), changed);
    expect((await cohortium(at('lint'))).stdout).toMatch(/personas/);
  });
});
