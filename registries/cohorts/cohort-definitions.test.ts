import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { definitionFaults } from '../../skills/cohort/definitions/check-definition.ts';
import { definitionSchema, methodIds, windowIds } from '../../skills/cohort/definitions/definition.ts';
import { parameterSchemas } from '../../skills/cohort/definitions/parameters.ts';
import { formatDiagnostic } from '../../skills/sdk/index.ts';
import { signalTypeIds } from '../../skills/signal-capture/signals/signal-types.ts';
import { readCohortDefinitions } from './cohort-definitions.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohort-definitions-'));
const template = join(import.meta.dirname, '..', '..', 'agents', 'customer-data-graph', 'template', 'registries', 'cohorts');
const rules = {
  schema: definitionSchema,
  check: (one: Parameters<typeof definitionFaults>[0]) => definitionFaults(one, signalTypeIds),
  today: '2026-01-31',
};
const read = (place = folder) => readCohortDefinitions(place, rules);

const good = `id: spenders
version: 1
title: Spenders
method: k-means
features: [orders, spendMinor, purchase]
population:
  - { feature: loyaltyTier, op: in, value: [gold, silver] }
  - { feature: orders, op: ">=", value: 2 }
parameters: { k: { from: 2, to: 5 } }
purpose: analytics
owner: CRM
reviewBy: 2026-06-30
`;

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

const faultsOf = (text: string): readonly string[] => {
  write('spenders.yaml', text);
  return read().diagnostics.map(formatDiagnostic);
};

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the registry of cohort definitions', () => {
  it('reads every file but axes.yaml, by id, with defaults filled in', () => {
    write('spenders.yaml', good);
    write('a-first.yaml', good.replace('id: spenders', 'id: a-first'));
    write('axes.yaml', 'axes: [location]\n');
    write('notes.txt', 'not a definition');
    const { definitions, diagnostics } = read();
    expect(diagnostics).toEqual([]);
    expect(definitions.map(({ id, windows }) => [id, windows])).toEqual([
      ['a-first', ['365d']],
      ['spenders', ['365d']],
    ]);
  });

  it('has nothing where there is no folder', () => {
    expect(read(join(folder, 'absent'))).toMatchObject({ definitions: [], diagnostics: [] });
  });

  it('ships one definition per method, in all six windows, without a fault', () => {
    const { definitions, diagnostics } = read(template);
    expect(diagnostics).toEqual([]);
    expect(definitions.map(({ method }) => method).sort()).toEqual([...methodIds].sort());
    expect(definitions.every(({ windows }) => windows.length === windowIds.length)).toBe(true);
    expect(readdirSync(template).length).toBe(14);
  });

  it('warns of a review that is overdue, and reads the definition all the same', () => {
    write('spenders.yaml', good.replace('2026-06-30', '2026-01-30'));
    const { definitions, diagnostics } = read();
    expect(definitions).toHaveLength(1);
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      "registries/cohorts/spenders.yaml:12:1: warning CONFIG_INVALID: the review of 'spenders' was due by 2026-01-30; look at it again and move reviewBy",
    ]);
  });

  it.each([
    ['another name than the file', good.replace('id: spenders', 'id: buyers'), /spenders\.yaml:1:1: .*'buyers'.*'spenders'/],
    ['an unknown method', good.replace('k-means', 'magic'), /:4:1: .*"magic"/],
    ['an unknown key', `${good}colour: red\n`, /:13:\d+: .*unknown key 'colour'/],
    [
      'an unknown parameter',
      good.replace('k: {', 'n: {'),
      /:9:\d+: .*unknown parameter 'n'; method 'k-means' takes: k, by, restarts, logarithms/,
    ],
    [
      'what is neither a number of cohorts nor a range',
      good.replace(/k: \{[^}]*\}/, 'k: 2.5'),
      /:9:\d+: .*a whole number.*or a range.*found 2.5/,
    ],
    ['a parameter out of range', good.replace('to: 5', 'to: 500'), /:9:\d+: .*k.*100/],
    ['a range upside down', good.replace('from: 2', 'from: 9'), /:9:\d+: .*from must not be above to/],
    ['an unknown feature', good.replace('spendMinor, purchase', 'spend'), /:5:\d+: .*'spend' is no column of numbers/],
    ['a feature twice', good.replace('purchase]', 'orders]'), /:5:\d+: .*'orders' stands twice/],
    ['an unknown column of the population', good.replace('loyaltyTier', 'shoeSize'), /:7:\d+: .*'shoeSize' is no column/],
    ['a name compared with a number', good.replace('value: 2', 'value: two'), /:8:\d+: .*'orders' is a number/],
    ['a list without in', good.replace('op: in', 'op: "="'), /:7:\d+: .*compares with one value/],
    ['an unknown window', good.replace('method: k-means', 'method: k-means\nwindows: [30d]'), /:5:\d+: .*30d/],
    [
      'features for a method that has none',
      good.replace('k-means', 'lda').replace(/parameters: .*/, ''),
      /:5:\d+: .*'lda' looks at no features/,
    ],
    ['a version below 1', good.replace('version: 1', 'version: 0'), /:2:\d+: /],
    ['no owner', good.replace('owner: CRM\n', ''), /owner/],
    ['YAML that is none', good.replace('purpose: analytics', 'purpose: [analytics'), /spenders\.yaml:\d+:\d+: error/],
  ])('points to %s', (_, text, expected) => {
    const faults = faultsOf(text);
    expect(faults.join('\n')).toMatch(expected);
    expect(read().definitions).toEqual([]);
  });

  it.each([
    ['the signals of topics', 'lda', '{ signals: [browse, buy] }', /signals.*|'buy' is no type of signal/],
    ['the steps of a funnel', 'funnel', '{ steps: [{ events: [browse] }, { events: [teleport] }] }', /'teleport' is no type of signal/],
    ['the action of intent', 'intent', '{ action: dance }', /'dance' is no type of signal/],
  ])('knows the signals that there are, in %s', (_, method, parameters, expected) => {
    const text = good
      .replace('k-means', method)
      .replace(/features: .*\n/, '')
      .replace(/parameters: .*/, `parameters: ${parameters}`);
    expect(faultsOf(text).join('\n')).toMatch(expected);
  });

  it('refuses cuts that do not ascend', () => {
    const text = good
      .replace('k-means', 'intent')
      .replace(/features: .*\n/, '')
      .replace(/parameters: .*/, 'parameters: { cuts: [0.5, 0.1] }');
    expect(faultsOf(text).join('\n')).toMatch(/cuts: each must be above the one before/);
  });

  it('reports the faults of all files at once', () => {
    write('spenders.yaml', good.replace('k-means', 'magic').replace('version: 1', 'version: none'));
    write('a-first.yaml', good);
    const places = read().diagnostics.map(({ at }) => at?.file);
    expect(places.filter((file) => file?.endsWith('a-first.yaml'))).toHaveLength(1);
    expect(places.filter((file) => file?.endsWith('spenders.yaml'))).toHaveLength(2);
  });
});

describe('the parameters of the methods', () => {
  it.each(methodIds)('of %s have a default each and refuse what they do not know', (method) => {
    expect(parameterSchemas[method].safeParse({}).success).toBe(true);
    expect(parameterSchemas[method].safeParse({ nonsense: 1 }).success).toBe(false);
  });
});
