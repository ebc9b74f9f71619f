import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeRng } from '../../../skills/sdk/numeric/index.ts';
import { configureModels, withAgent } from '../../../test/fixtures/trained-shop.ts';
import { openDatabase } from '../../adapters/sqlite/open-database.ts';
import { simulateIntoLog } from '../index.ts';
import type { CustomerDataGraph } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-experiments-'));
const directory = join(folder, 'shop');
beforeAll(async () => {
  await initOperatorDirectory(directory, { currency: 'EUR', merchant: 'Test' });
  configureModels(directory, 'champion: { historyMonths: 4, predMonths: 2, boosting: { rounds: 20 } }\n');
  mkdirSync(join(directory, 'registries', 'experiments'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const coded = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error;
const experiments = <Found>(use: (door: CustomerDataGraph['experiments']) => Promise<Found>) =>
  withAgent(directory, (agent) => use(agent.experiments));

function declare(name: string, change: (text: string) => string = (text) => text): void {
  const text = `experiment: ${name}
kind: customers
hypothesis: A voucher raises spend.
population: Customers of 2025.
metric: net spend in 90 days, EUR
minimalEffect: 1
arms: [{ id: control, share: 0.5 }, { id: voucher, share: 0.5 }]
analysis: { test: sequential, looks: 2, cuped: true }
`;
  writeFileSync(join(directory, 'registries', 'experiments', `${name}.yaml`), change(text));
}

function csv(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const ids = Array.from({ length: 900 }, (_, at) => `c-${at}`);
const customers = () => csv('customers.csv', ['customer', ...ids]);

/** Outcomes of the arms that were assigned. */
function outcomes(name: string, arms: readonly { readonly customer: string; readonly arm: string }[], effect: number): string {
  const rng = makeRng(name);
  return csv(name, [
    'customer,before,outcome,arm',
    ...arms.map(({ customer, arm }) => {
      const before = 20 * rng.gamma(2);
      return `${customer},${before.toFixed(2)},${(before + 4 * rng.normal() + (arm === 'voucher' ? effect : 0)).toFixed(2)},${arm}`;
    }),
  ]);
}

describe('an experiment', () => {
  it('is registered, assigned, looked at, and its outcome stays', async () => {
    declare('spring');
    await experiments(async (door) => {
      const { isNew, digest } = await door.register('spring');
      expect(isNew).toBe(true);
      expect(await door.register('spring')).toMatchObject({ isNew: false, digest });
      const { rows, counts } = await door.assign('spring', customers());
      expect((counts['control'] ?? 0) + (counts['voucher'] ?? 0)).toBe(900);
      const outcome = await door.analyse('spring', outcomes('first.csv', rows, 3), false);
      expect(outcome).toMatchObject({ standing: 'registered', look: 1, registration: digest, analysis: { verdict: 'difference' } });
      expect(outcome.sentence).toMatch(/^Different: voucher [\d.]+ \([\d.]+ to [\d.]+, p = /);
    });
    const [spring] = await experiments((door) => door.list());
    expect(spring).toMatchObject({ experiment: 'spring', state: 'analysed', looks: 1, last: { analysis: { verdict: 'difference' } } });
  });

  it('whose outcome is nothing is written down too, and rows in another order are no other look', async () => {
    declare('nothing');
    await experiments(async (door) => {
      await door.register('nothing');
      const { rows } = await door.assign('nothing', customers());
      const first = await door.analyse('nothing', outcomes('null.csv', rows, 0), false);
      expect(['alike', 'undecided']).toContain(first.analysis.verdict);
      const second = await door.analyse('nothing', outcomes('null-2.csv', rows, 0), false);
      expect(second.look).toBe(2);
      await expect(door.analyse('nothing', outcomes('null-3.csv', rows, 0), false)).rejects.toThrow(
        coded('EXPERIMENT_NOT_AS_REGISTERED', '2 looks were registered'),
      );
      expect((await door.analyse('nothing', outcomes('null.csv', rows, 0), false)).look).toBe(2);
      expect((await door.list()).find(({ experiment }) => experiment === 'nothing')).toMatchObject({ looks: 2, last: { look: 2 } });
    });
  });

  it('that was not registered is refused, or exploratory, and cannot be registered once it was looked at', async () => {
    declare('late');
    await experiments(async (door) => {
      await expect(door.assign('late', customers())).rejects.toThrow(coded('EXPERIMENT_NOT_AS_REGISTERED', 'is not registered'));
      const { rows } = await door.assign('spring', customers());
      const file = csv('late.csv', ['customer,before,outcome', ...rows.map(({ customer }, at) => `${customer},${at % 7},${at % 5}`)]);
      await expect(door.analyse('late', file, false)).rejects.toThrow(coded('EXPERIMENT_NOT_AS_REGISTERED', 'never registered'));
      expect(await door.analyse('late', file, true)).toMatchObject({ standing: 'exploratory', reasons: ['it was never registered'] });
      await expect(door.register('late')).rejects.toThrow(coded('EXPERIMENT_NOT_AS_REGISTERED', 'outcomes were looked at'));
    });
  });

  it('may change until somebody is assigned, and not afterwards', async () => {
    declare('turn');
    await experiments(async (door) => {
      await door.register('turn');
      declare('turn', (text) => text.replace('minimalEffect: 1', 'minimalEffect: 2'));
      await expect(door.assign('turn', customers())).rejects.toThrow(coded('EXPERIMENT_NOT_AS_REGISTERED', 'was changed'));
      expect((await door.register('turn')).isNew).toBe(true);
      const { rows } = await door.assign('turn', customers());
      declare('turn', (text) => text.replace('looks: 2', 'looks: 20').replace('minimalEffect: 1', 'minimalEffect: 2'));
      expect((await door.list()).find(({ experiment }) => experiment === 'turn')?.state).toBe('changed');
      const file = outcomes('turn.csv', rows, 0);
      await expect(door.analyse('turn', file, false)).rejects.toThrow(
        coded('EXPERIMENT_NOT_AS_REGISTERED', 'changed after it was registered'),
      );
      await expect(door.register('turn')).rejects.toThrow(coded('EXPERIMENT_NOT_AS_REGISTERED', 'customers were assigned'));
      // A comment is no change.
      declare('turn', (text) => `# ours\n${text.replace('minimalEffect: 1', 'minimalEffect: 2')}`);
      expect((await door.analyse('turn', file, false)).standing).toBe('registered');
    });
  });

  it('stops where customers got lost on one side', async () => {
    declare('lost');
    await experiments(async (door) => {
      await door.register('lost');
      const { rows } = await door.assign('lost', customers());
      const kept = rows.filter(({ arm }, at) => arm === 'control' || at % 3 > 0);
      const { analysis, sentence } = await door.analyse('lost', outcomes('lost.csv', kept, 5), false);
      expect(analysis.verdict).toBe('sample-ratio-broken');
      expect(sentence).toMatch(/^Stop: /);
    });
  });

  it('refuses rows that cannot be read, each with its line', async () => {
    declare('rows');
    await experiments(async (door) => {
      await door.register('rows');
      const { rows } = await door.assign('rows', customers());
      const [first] = rows;
      const other = first?.arm === 'control' ? 'voucher' : 'control';
      const bad: readonly (readonly [readonly string[], string])[] = [
        [['customer,before,outcome', 'c-0,1,NaN'], ":2: 'outcome' is 'NaN'"],
        [['customer,before,outcome', 'c-0,1,2', 'c-1,1,1e999'], ":3: 'outcome' is '1e999'"],
        [['customer,before,outcome', 'c-0,1,2', 'c-0,1,2'], 'is in line 2 already'],
        [['customer,before,outcome', 'c-0,,2'], "'before' is empty"],
        [['customer,outcome', 'c-0,2'], "no column 'before'"],
        [['customer,before,outcome'], 'no row below it'],
        [['customer,before,outcome,arm', `c-0,1,2,${other}`], 'was assigned to'],
      ];
      for (const [lines, text] of bad)
        await expect(door.analyse('rows', csv('bad.csv', lines), false)).rejects.toThrow(coded('EXPERIMENT_ROWS_INVALID', text));
      await expect(door.analyse('rows', join(folder, 'absent.csv'), false)).rejects.toThrow(
        coded('EXPERIMENT_ROWS_INVALID', 'no such file'),
      );
      await expect(door.assign('rows', csv('twice.csv', ['customer', 'a', 'a']))).rejects.toThrow(coded('EXPERIMENT_ROWS_INVALID'));
      const zeros = csv('zeros.csv', ['customer,before,outcome', ...rows.map(({ customer }) => `${customer},0,0`)]);
      expect((await door.analyse('rows', zeros, false)).analysis.verdict).toBe('no-variation');
    });
  });

  it('refuses files that are no registration', async () => {
    const faults: readonly ((text: string) => string)[] = [
      (text) => text.replace('share: 0.5 }]', 'share: 0.6 }]'),
      (text) => text.replace('id: voucher', 'id: control'),
      (text) => text.replace('sequential', 'fixed'),
      (text) => text.replace('minimalEffect: 1', 'minimalEffect: 0'),
      (text) => text.replace('looks: 2', 'alpha: 1.5'),
      (text) => text.replace('experiment: bad', 'experiment: good'),
      (text) => text.replace('kind:', 'sort:'),
      () => '',
    ];
    await experiments(async (door) => {
      for (const fault of faults) {
        declare('bad', fault);
        await expect(door.register('bad')).rejects.toThrow(coded('CONFIG_INVALID'));
      }
      expect((await door.list()).find(({ experiment }) => experiment === 'bad')?.state).toBe('invalid');
      await expect(door.register('absent')).rejects.toThrow(coded('EXPERIMENT_NOT_FOUND', 'experiments are: '));
      await expect(door.ablate('spring', 2, false)).rejects.toThrow(coded('ARGUMENT_INVALID'));
    });
  });

  it('has the faults of its file named by lint, with the place', async () => {
    declare('bad', (text) => text.replace('minimalEffect: 1', 'minimalEffect: 0'));
    const named = async () => {
      const told = await withAgent(directory, (agent) => agent.lint([]));
      return told.flatMap(({ at }) => (at?.file === 'registries/experiments/bad.yaml' ? [at.line] : []));
    };
    expect(await named()).toEqual([6]);
    declare('bad', (text) => text.replace('experiment: bad', 'experiment: good'));
    expect(await named()).toEqual([1]);
    declare('bad');
    expect(await named()).toEqual([]);
  });

  it('is recorded in the ledger', async () => {
    await withAgent(directory, async (agent) => expect(await agent.verify()).toMatchObject({ verified: true }));
  });
});

describe('an ablation', () => {
  const declaration = `experiment: without-btyd
kind: models
hypothesis: Expectations of timing and spend models lower the error of the value model.
population: Customers with a purchase in the history, at every origin.
metric: absolute error of net spend, minor units
minimalEffect: 100
arms: { champion: { id: with-btyd }, challenger: { id: without-btyd, without: [btyd] } }
analysis: { loss: absolute, overlap: 2, draws: 400, byCohort: true }
`;
  const file = () => join(directory, 'registries', 'experiments', 'without-btyd.yaml');

  it('fits both models on the same customers, and writes its outcome down', async () => {
    writeFileSync(file(), declaration);
    await simulateIntoLog(directory, { seed: 'ablation', customers: 150, months: 12 });
    await experiments(async (door) => {
      await expect(door.ablate('without-btyd', 3, false)).rejects.toThrow(coded('EXPERIMENT_NOT_AS_REGISTERED'));
      await door.register('without-btyd');
      const outcome = await door.ablate('without-btyd', 3, false);
      if (!('paired' in outcome.analysis)) throw new Error('an ablation compares models');
      const { losses, origins, cohorts, rows } = outcome.analysis;
      expect(losses.champion).toBeGreaterThan(0);
      expect(losses.challenger).not.toBe(losses.champion);
      expect(origins?.origins).toBe(3);
      expect(rows).toBeGreaterThan(150);
      expect(cohorts.length).toBeGreaterThan(0);
      expect((await door.list()).find(({ experiment }) => experiment === 'without-btyd')?.last?.analysis.verdict).toBe(
        outcome.analysis.verdict,
      );
    });
  });

  it('takes predictions of models that were fitted elsewhere', async () => {
    writeFileSync(
      file().replace('without-btyd', 'elsewhere'),
      declaration.replace('experiment: without-btyd', 'experiment: elsewhere').replace(', byCohort: true', ''),
    );
    const rng = makeRng('elsewhere');
    const lines = ids.slice(0, 200).map((id) => {
      const actual = 100 * rng.gamma(1);
      return `${id},${actual},${actual + 10 * rng.normal()},${actual + 10 * rng.normal()}`;
    });
    await experiments(async (door) => {
      await door.register('elsewhere');
      const outcome = await door.analyse('elsewhere', csv('models.csv', ['customer,actual,with-btyd,without-btyd', ...lines]), false);
      expect(outcome).toMatchObject({ kind: 'models', standing: 'registered', analysis: { verdict: 'alike', origins: null } });
    });
  });

  it('refuses a feature that there is not', async () => {
    writeFileSync(
      file().replace('without-btyd', 'typo'),
      declaration.replace('experiment: without-btyd', 'experiment: typo').replace('[btyd]', '[btdy]'),
    );
    await experiments(async (door) => {
      await door.register('typo');
      await expect(door.ablate('typo', 1, false)).rejects.toThrow(coded('EXPERIMENT_ROWS_INVALID', "no feature 'btdy'"));
    });
  });
});

it('an experiment cannot be given another past by hand', async () => {
  const copy = join(folder, 'copy');
  cpSync(directory, copy, { recursive: true });
  const database = openDatabase(join(copy, '.cohortium', 'experiments.db'), 'DROP TRIGGER entry_stays');
  database.exec("UPDATE entry SET body = replace(body, 'exploratory', 'registered')");
  database.close();
  await withAgent(copy, (agent) => expect(agent.experiments.list()).rejects.toThrow(coded('STORE_CORRUPT', 'is not as it was written')));
});
