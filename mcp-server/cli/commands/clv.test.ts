import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { cli, type CliResult } from '../../../test/fixtures/cli-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-clv-'));
const clv = (...argv: string[]): Promise<CliResult> => cli(['clv', ...argv], { cwd: folder });
const write = (name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

const ends = ['--end', '2025-06-29'];
await clv('simulate', '--customers', '300', '--seed', 'x', '--out', 'log.csv');

interface FittedModel {
  readonly unit: string;
  readonly timing: { readonly family: string; readonly params: Readonly<Record<string, number>>; readonly logLikelihood: number };
  readonly spend: unknown;
}

async function fitted(...argv: string[]): Promise<FittedModel> {
  const { out, exitCode } = await clv('fit', ...argv, '--json');
  expect(exitCode).toBe(0);
  return JSON.parse(out) as FittedModel; // the documented shape
}

describe('clv simulate', () => {
  it('writes the same log for the same seed, and another for another', async () => {
    const first = read('log.csv');
    const { out } = await clv('simulate', '--customers', '300', '--seed', 'x', '--out', 'again.csv', '--json');
    expect(JSON.parse(out)).toMatchObject({ customers: 300, end: '2025-06-29', calibrationEnd: '2024-09-29' });
    expect(read('again.csv')).toBe(first);
    await clv('simulate', '--customers', '300', '--seed', 'y', '--out', 'again.csv');
    expect(read('again.csv')).not.toBe(first);
    expect(first).toMatch(/^customer,date,amount\nc\d{3},2024-01-0\d,\d+\.\d\d\n/);
  });

  it.each(['nbd', 'mbg-nbd', 'pareto-nbd'])('knows a sample of %s', async (model) => {
    expect((await clv('simulate', '--model', model, '--customers', '20', '--out', 'sample.csv')).exitCode).toBe(0);
  });

  it('lists the samples when asked for another', async () => {
    const { err, exitCode } = await clv('simulate', '--model', 'cubist', '--out', 'sample.csv');
    expect(exitCode).toBe(2);
    expect(err).toContain("there is no sample of 'cubist'; there are: nbd, bg-nbd, mbg-nbd, pareto-nbd");
  });
});

describe('clv fit', () => {
  it('finds the parameters that the log was simulated with', async () => {
    await clv('simulate', '--customers', '4000', '--seed', 'large', '--out', 'large.csv');
    const { timing, spend } = await fitted('large.csv', ...ends);
    // Published for CDNOW; 4000 customers leave errors of some percent.
    expect(timing.params['r']).toBeCloseTo(0.243, 1);
    expect(Math.abs((timing.params['alpha'] ?? 0) / 4.414 - 1)).toBeLessThan(0.2);
    expect(spend).toMatchObject({ params: { q: expect.closeTo(3.74, 0) } });
  });

  it('prints parameters with errors and intervals, and writes the model', async () => {
    const { out, err, exitCode } = await clv('fit', 'log.csv', ...ends, '--out', 'model.json');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^model +BG\/NBD$/m);
    expect(out).toMatch(/^alpha +[\d.]+ +[\d.]+ +[\d.]+ – [\d.]+ +rate parameter of the purchase rate, weeks$/m);
    expect(out).toContain('spend (Gamma-Gamma)');
    expect(out).toContain('Next: cohortium clv predict log.csv --model-file model.json --horizon 52 --end 2025-06-29');
    expect(JSON.parse(read('model.json'))).toEqual(JSON.parse((await clv('fit', 'log.csv', ...ends, '--json')).out));
  });

  it('scales times with the unit, and nothing else', async () => {
    const weeks = await fitted('log.csv', ...ends);
    const days = await fitted('log.csv', ...ends, '--unit', 'day');
    expect((days.timing.params['alpha'] ?? 0) / (weeks.timing.params['alpha'] ?? 1)).toBeCloseTo(7, 2);
    expect(days.timing.params['r']).toBeCloseTo(weeks.timing.params['r'] ?? 0, 4);
  });

  it('reads a table of histories, under the names of several packages, as the log that it came from', async () => {
    const table =
      'x,tx,T\n2,30.43,38.86\n1,1.71,38.86\n0,0,38.86\n0,0,38.86\n0,0,38.86\n7,29.43,38.86\n1,5,38.86\n0,0,38.86\n2,35.71,38.86\n0,0,38.86\n';
    const models = [
      await fitted(write('a.csv', table), '--model', 'nbd'),
      await fitted(write('b.csv', table.replace('x,tx,T', '"frequency";"recency";"T"').replaceAll(',', ';')), '--model', 'nbd'),
      await fitted(
        write('c.csv', table.replace('x,tx,T', 'x\tt.x\tT.cal').replaceAll(',', '\t').replaceAll('\n', '\r\n')),
        '--model',
        'nbd',
      ),
      await fitted(write('d.csv.gz', gzipSync(table)), '--model', 'nbd'),
    ];
    expect(new Set(models.map(({ timing }) => JSON.stringify(timing))).size).toBe(1);
  });

  it('counts a row with a weight as that many customers', async () => {
    const rows = ['2,30,39', '1,2,39', '0,0,39', '5,20,39'];
    const long = `x,t_x,T\n${rows.flatMap((row, at) => Array<string>(at + 3).fill(row)).join('\n')}\n`;
    const short = `x,t_x,T,count\n${rows.map((row, at) => `${row},${at + 3}`).join('\n')}\n`;
    const [one, other] = [await fitted(write('long.csv', long)), await fitted(write('short.csv', short))];
    expect(other.timing.logLikelihood).toBeCloseTo(one.timing.logLikelihood, 9);
  });

  it('says that rows without a customer did not count', async () => {
    write('guests.csv', read('log.csv').replace(/^c\d+(?=,2024-03-0)/gm, ''));
    const { err, exitCode } = await clv('fit', 'guests.csv', ...ends);
    expect(exitCode).toBe(0);
    expect(err).toMatch(/^\d+ rows without a customer did not count$/m);
  });
});

describe('clv compare', () => {
  it('ranks by AIC, and by the holdout where there is one', async () => {
    const plain = await clv('compare', 'log.csv', ...ends);
    expect(plain.out).toMatch(/^Best first, by AIC\.$/m);
    const split = await clv('compare', 'log.csv', ...ends, '--calibration-end', '2024-09-29');
    expect(split.out).toMatch(/^Best first, by holdout log-score over 39\.0 weeks with \d+ purchases\.$/m);
    for (const id of ['nbd', 'bg-nbd', 'mbg-nbd', 'pareto-nbd']) expect(split.out).toMatch(new RegExp(`^${id} +\\d`, 'm'));
  });

  it('takes the holdout of a table when its length is said', async () => {
    const table = `cust,x,t_x,T,x.star\n${Array.from({ length: 40 }, (_, at) => `${at},${at % 3},${(at % 3) * 9},39,${at % 2}`).join('\n')}\n`;
    write('split.csv', table);
    const said = await clv('compare', 'split.csv', '--holdout-length', '26');
    expect(said.out).toContain('over 26.0 weeks with 20 purchases');
    expect((await clv('compare', 'split.csv')).err).toContain('--holdout-length');
  });
});

describe('clv predict', () => {
  const predict = (...argv: string[]): Promise<CliResult> => clv('predict', 'log.csv', ...ends, '--horizon', '39', ...argv);

  it('gives every customer a row on stdout, and the sums beside it', async () => {
    const { out, err } = await predict();
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head).toBe('customer,p_alive,expected_purchases,p_purchase,expected_spend,clv');
    expect(rows).toHaveLength(300);
    for (const row of rows) {
      const [, alive, expected, buys, spend, value] = row.split(',').map(Number) as [number, number, number, number, number, number]; // six columns
      expect(alive).toBeGreaterThanOrEqual(0);
      expect(Math.max(alive, buys)).toBeLessThanOrEqual(1);
      expect(value).toBeCloseTo(expected * spend, 6);
    }
    expect(err).toMatch(/^new customer +[\d.]+ repeat purchases, value [\d.]+ after the first one$/m);
  });

  it('gives the same rows from a stored model, in a file, with the sums on stdout', async () => {
    await clv('fit', 'log.csv', ...ends, '--out', 'model.json');
    const { out } = await predict('--model-file', 'model.json', '--out', 'rows.csv');
    expect(out).toContain('written to rows.csv');
    expect(read('rows.csv')).toBe((await predict()).out);
  });

  it('is worth less, the more the future is discounted', async () => {
    const values = await Promise.all(
      ['0', '0.1', '0.3'].map(
        async (rate) => (JSON.parse((await predict('--discount-annual', rate, '--json')).out) as { readonly value: number }).value,
      ), // the documented shape
    );
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    // A tenth a year over nine months that are a bit denser at the beginning.
    expect((values[1] ?? 0) / (values[0] ?? 1)).toBeGreaterThan(0.95);
  });

  it('leaves money out where there is none', async () => {
    write(
      'plain.csv',
      read('log.csv')
        .replace(/,[\d.]+$/gm, '')
        .replace(',amount', ''),
    );
    const { out } = await clv('predict', 'plain.csv', ...ends, '--horizon', '10');
    expect(out).toMatch(/^customer,p_alive,expected_purchases,p_purchase\n/);
  });

  it('says that it found no amounts, where the model has money', async () => {
    write('unnamed.csv', read('log.csv').replace('amount', 'paid'));
    await clv('fit', 'log.csv', ...ends, '--out', 'model.json');
    const argv = ['predict', 'unnamed.csv', ...ends, '--horizon', '10', '--model-file', 'model.json', '--out', 'rows.csv'];
    expect((await clv(...argv)).err).toContain('no column of amounts was found');
    expect((await clv(...argv, '--amount', 'paid')).err).toBe('');
  });

  it('repeats weights, so that rows add up to the sums', async () => {
    write('weighted.csv', 'x,t_x,T,weight\n0,0,39,30\n1,20,39,12\n3,30,39,5\n');
    const { out } = await clv('predict', 'weighted.csv', '--horizon', '10', '--json');
    const { purchases, rows } = JSON.parse(out) as {
      readonly purchases: number;
      readonly rows: readonly { readonly weight: number; readonly expected_purchases: number }[];
    }; // the documented shape
    expect(rows.map(({ weight }) => weight)).toEqual([30, 12, 5]);
    expect(rows.reduce((total, row) => total + row.weight * row.expected_purchases, 0)).toBeCloseTo(purchases, 9);
  });

  it.each([
    ['{', 'this is not JSON'],
    ['{}', 'timing.family is undefined; expected one of nbd, bg-nbd'],
    ['{"unit":"week","timing":{"family":"bg-nbd","params":{"r":1}}}', 'timing.params.alpha is undefined'],
    ['{"unit":"fortnight","timing":{"family":"bg-nbd","params":{}}}', 'unit is "fortnight"'],
    ['{"unit":"week","timing":{"family":"nbd","params":{"r":1,"alpha":2}},"spend":{"params":{"p":-1}}}', 'spend.params.p is -1'],
  ])('refuses the model file %s', async (text, says) => {
    write('bad.json', text);
    const { err, exitCode } = await predict('--model-file', 'bad.json');
    expect([exitCode, err]).toEqual([3, expect.stringContaining(says)]);
  });
});

describe('clv plot', () => {
  it('writes every picture that a log with a holdout allows', async () => {
    const { out, exitCode } = await clv('plot', 'log.csv', ...ends, '--calibration-end', '2024-09-29', '--out', 'pictures');
    expect(exitCode).toBe(0);
    expect(readdirSync(join(folder, 'pictures')).sort()).toEqual([
      'alive-history.svg',
      'alive-surface.svg',
      'conditional-by-frequency.svg',
      'conditional-by-recency.svg',
      'cumulative-tracking.svg',
      'frequency-fit.svg',
      'incremental-tracking.svg',
      'rate-heterogeneity.svg',
    ]);
    expect(out).toContain(join('pictures', 'alive-surface.svg'));
    for (const name of readdirSync(join(folder, 'pictures'))) expect(read(join('pictures', name))).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('writes what a table allows, and says what a holdout would add', async () => {
    write('table.csv', `x,t_x,T\n${Array.from({ length: 30 }, (_, at) => `${at % 4},${(at % 4) * 0.09},0.4`).join('\n')}\n`);
    const { out } = await clv('plot', 'table.csv', '--model', 'nbd', '--out', 'few');
    expect(readdirSync(join(folder, 'few'))).toHaveLength(3);
    expect(out).toContain('No holdout');
  });

  it('draws the customer that it is told', async () => {
    await clv('plot', 'log.csv', ...ends, '--show', 'c007', '--out', 'one');
    expect(read(join('one', 'alive-history.svg'))).toContain('customer c007');
    expect((await clv('plot', 'log.csv', ...ends, '--show', 'nobody', '--out', 'one')).err).toContain("no customer 'nobody'");
  });
});

describe('clv check', () => {
  const vector = {
    id: 'mine-1',
    model: 'BG/NBD',
    params: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 },
    inputs: { x: 0, t_x: 0, T: 39, t: 39 },
    // From the closed form for x = 0: −r·ln((α+T)/α).
    outputs: { log_likelihood: -0.243 * Math.log(43.414 / 4.414), p_alive: 1, fortune: 7 },
  };

  it('compares what it can and lists what it cannot', async () => {
    write('vectors.json', JSON.stringify({ vectors: [vector, { ...vector, id: 'mine-2', model: 'Oracle' }] }));
    const { out, exitCode } = await clv('check', 'vectors.json');
    expect(exitCode).toBe(0);
    expect(out).toContain('2 values compared; all are within tolerance.');
    expect(out).toContain('not compared: BG/NBD fortune, 1 (unknown quantity)');
    expect(out).toContain('not compared: Oracle p_alive, 1 (unknown model)');
  });

  it('exits with 1 when a value is beyond tolerance, or nothing could be compared', async () => {
    write('off.json', JSON.stringify({ vectors: [{ ...vector, outputs: { ...vector.outputs, p_alive: 1 - 2e-9 } }] }));
    const off = await clv('check', 'off.json');
    expect([off.exitCode, off.out]).toEqual([1, expect.stringMatching(/^BG\/NBD +p_alive .* mine-1 +BEYOND$/m)]);
    write('none.json', JSON.stringify({ vectors: [{ ...vector, model: 'Oracle' }] }));
    expect((await clv('check', 'none.json')).exitCode).toBe(1);
  });

  it('counts a refusal to compute as a miss', async () => {
    write('impossible.json', JSON.stringify({ vectors: [{ ...vector, inputs: { x: 1, t_x: 50, T: 39 } }] }));
    expect((await clv('check', 'impossible.json')).exitCode).toBe(1);
  });

  it.each([
    ['[1]', "there is no list 'vectors'"],
    ['{"vectors":[]}', 'is empty'],
    ['{"vectors":[{"id":"a"}]}', "vectors[0] needs the texts 'id' and 'model'"],
    ['{"vectors":[{"id":"a","model":"BG/NBD","params":{"r":"1"},"inputs":{},"outputs":{}}]}', 'vectors[0] (a): params.r is no number'],
    ['no', 'this is not JSON'],
  ])('refuses %s', async (text, says) => {
    write('bad.json', text);
    const { err, exitCode } = await clv('check', 'bad.json');
    expect([exitCode, err]).toEqual([3, expect.stringContaining(says)]);
  });

  const reference = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'clv-reference-vectors.json');
  it.skipIf(!existsSync(reference))('finds every shared vector right (skipped where the folder is absent)', async () => {
    const { out, exitCode } = await clv('check', reference);
    expect(out.split('\n').filter((line) => line.includes('BEYOND'))).toEqual([]);
    expect(exitCode).toBe(0);
    expect(out).not.toContain('unknown');
  });
});

describe('what cannot be read', () => {
  const log = 'customer,date,amount\na,2024-01-01,5\nb,2024-01-02,6\n';
  it.each([
    ['no date column', log.replace('date', 'when'), ends, 'there is no date column (name it with --date)'],
    ['a column that is absent', log, [...ends, '--date', 'day'], "there is no column 'day' (--date); there are: customer, date, amount"],
    ['no customer column', log.replace('customer', 'who'), ends, 'name it with --customer'],
    ['a bad date', log.replace('2024-01-02', '02/01/2024'), ends, "line 3: '02/01/2024' (column 'date') is no date"],
    ['a day that does not exist', log.replace('2024-01-02', '2024-02-30'), ends, "line 3: '2024-02-30'"],
    ['a bad amount', log.replace('6\n', '6 EUR\n'), ends, "line 3: '6 EUR' (column 'amount') is no number"],
    ['an unclosed quote', log.replace('b', '"b'), ends, 'this is not CSV'],
    ['an empty file', '', ends, 'the file is empty'],
    ['a header alone', 'customer,date\n', ends, 'there is a header and no row below it'],
    ['nobody named', log.replace(/^[ab]/gm, ''), ends, "the column 'customer' is empty on every line"],
    ['an age below the recency', 'x,t_x,T\n0,0,5\n1,9,5\n', [], 'line 3: t_x is 9 and T is 5'],
    ['half a purchase', 'x,t_x,T\n0.5,1,5\n', [], 'line 2: x is 0.5'],
    ['a recency without a repeat', 'x,t_x,T\n0,1,5\n', [], 'line 2: x is 0 and t_x is 1'],
    ['an empty cell', 'x,t_x,T\n1,,5\n', [], "line 2: '' (column 't_x') is no number"],
    ['a decimal comma between commas', log.replace('6\n', '6,50\n'), ends, 'line 3 has 4 values, and the first line names 3 columns'],
    ['a file separated by spaces', log.replaceAll(',', '  '), ends, 'Columns separated by spaces are not read: write commas'],
    ['a customer twice in a table', 'id,x,t_x,T\na,0,0,5\nb,1,2,5\na,1,3,5\n', [], "line 4: customer 'a' is on line 2 already"],
    ['a weight of zero', 'x,t_x,T,weight\n1,2,5,0\n', [], 'line 2: the weight is 0'],
    ['too many purchases', 'x,t_x,T\n1e15,2,5\n', [], 'line 2: x is 1000000000000000'],
    ['half a purchase in the holdout', 'x,t_x,T,x.star\n1,2,5,0.5\n', [], 'line 2: the holdout has 0.5 purchases'],
  ])('%s is refused with its place', async (_, text, argv, says) => {
    const { err, exitCode } = await clv('fit', write('input.csv', text), ...argv);
    expect([exitCode, err]).toEqual([3, expect.stringContaining(says)]);
    expect(err).toMatch(/^error CLV_FILE_INVALID/);
  });

  it.each([
    [['fit', 'log.csv'], '--end is needed: the last day that'],
    [['fit', 'log.csv', '--end', 'June'], "--end is 'June'; expected a date"],
    [['fit', 'log.csv', ...ends, '--calibration-end', '2026-01-01'], '--calibration-end 2026-01-01 is not before --end 2025-06-29'],
    [['fit', 'log.csv', ...ends, '--model', 'magic'], "there is no model 'magic'; there are: nbd, bg-nbd"],
    [['fit', 'log.csv', ...ends, '--unit', 'fortnight'], 'expected one of hour, day, week'],
    [['fit'], 'a CSV file is needed'],
    [['check'], 'a JSON file of reference vectors is needed'],
    [['dance', 'log.csv'], "'dance' is no action of clv; they are:"],
    [['predict', 'log.csv', ...ends], '--horizon is needed'],
    [['predict', 'log.csv', ...ends, '--horizon', 'long'], "--horizon is 'long'"],
    [['predict', 'log.csv', ...ends, '--horizon', '1', '--model', 'nbd', '--model-file', 'm'], 'only one of'],
    [['plot', 'log.csv', ...ends], '--out is needed'],
    [['fit', 'log.csv', '--end', '2002-06-29'], '--end is 2002-06-29, and the first purchase is on 2024-01-01'],
    [
      ['compare', 'log.csv', ...ends, '--calibration-end', '2002-09-29'],
      '--calibration-end is 2002-09-29, and the first purchase is on 2024-01-01',
    ],
    [['compare', 'log.csv', ...ends, '--holdout-length', '26'], '--holdout-length is for a table of histories'],
    [['compare', 'ages.csv', '--holdout-length', '26'], 'has no counts of a holdout (x.star)'],
    [['compare', 'ages.csv', '--holdout-length', '0'], '--holdout-length is 0; expected a number above 0'],
    [['fit', 'log.csv', ...ends, '--out', '.'], '--out . cannot be written: this is a folder; name a file'],
    [['fit', 'log.csv', ...ends, '--out', 'no/m.json'], 'the folder that it would be in does not exist; make it first'],
    [['plot', 'log.csv', ...ends, '--out', 'log.csv'], '--out log.csv cannot be written: this is a file; name a folder'],
    [['simulate', '--out', 'no/log.csv'], 'the folder that it would be in does not exist; make it first'],
  ])('%j is refused with the reason', async (argv, says) => {
    write('ages.csv', 'x,t_x,T\n0,0,5\n1,2,5\n');
    const { err, exitCode } = await clv(...argv);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(says)]);
  });

  it('a file that is not there is named', async () => {
    expect((await clv('fit', 'nowhere.csv', ...ends)).err).toContain('nowhere.csv: there is no such file');
  });

  it('a folder and half a gzip are named, wherever a file is read', async () => {
    write('half.csv.gz', gzipSync(log).subarray(0, 20));
    const said = await Promise.all([
      clv('fit', '.', ...ends),
      clv('check', '.'),
      clv('predict', 'log.csv', ...ends, '--horizon', '1', '--model-file', '.'),
      clv('fit', 'half.csv.gz', ...ends),
    ]);
    expect(said.map(({ exitCode }) => exitCode)).toEqual([3, 3, 3, 3]);
    for (const { err } of said) expect(err).toMatch(/this is a folder; name a file in it|this is not gzip, or only a part of it/);
  });

  it('a comparison in which no model could be fitted is a failure, not an empty table', async () => {
    const { out, err, exitCode } = await clv('compare', 'log.csv', ...ends, '--calibration-end', '2024-01-01');
    expect([out, exitCode]).toEqual(['', 3]);
    expect(err).toContain('no model could be fitted: NBD needs 10 customers');
  });

  it('too few customers are told', async () => {
    const { err, exitCode } = await clv('fit', write('two.csv', log), ...ends);
    expect([exitCode, err]).toEqual([3, expect.stringContaining('CLV_TOO_FEW_CUSTOMERS')]);
  });
});

describe('docs/how-to/fit-a-clv-model-on-a-csv.md', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'fit-a-clv-model-on-a-csv.md'), 'utf8');

  it('runs as printed', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'cohortium-page-'));
    const steps = [...page.matchAll(/```sh\ncohortium (.+)\n```\n\n```text\n([^]*?)```/g)];
    expect(steps.map(([, command = '']) => command.split(' ')[1])).toEqual(['simulate', 'compare', 'plot', 'fit', 'predict']);
    for (const [, command = '', answer] of steps) {
      expect(await cli(command.split(' '), { cwd })).toEqual({ out: answer, err: '', exitCode: 0 });
    }
  });

  it('has reference values that are right', async () => {
    write('page.json', /```json\n([^]*?)```/.exec(page)?.[1] ?? '');
    expect((await clv('check', 'page.json')).out).toContain('2 values compared; all are within tolerance.');
  });
});

const shared = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data');

describe.skipIf(!existsSync(shared))('files of other packages (skipped where the folder of data is absent)', () => {
  // Log-likelihoods of the reference fits: an independent maximisation, checked against BTYD, BTYDplus and CLVTools.
  it.each([
    [['cdnow/btyd_cdnowSummary_cbs.csv', '--model', 'bg-nbd'], -9582.42920679],
    [['cdnow/btyd_cdnowSummary_cbs.csv', '--model', 'pareto-nbd'], -9594.97619847],
    [['grocery/groceryElog.csv', '--model', 'mbg-cnbd-2', '--end', '2007-12-30', '--calibration-end', '2006-12-31'], -14978.2107316],
    [['donations/donations.csv', '--model', 'bg-bb', '--unit', 'year'], -33225.5812743],
  ])('%j is read as it stands', async ([file = '', ...argv], logLikelihood) => {
    const { timing } = await fitted(join(shared, file), ...argv);
    expect(timing.logLikelihood).toBeCloseTo(logLikelihood, 4);
  });

  it('sums what the holdout of CDNOW was expected to be', async () => {
    const { out } = await clv('compare', join(shared, 'cdnow', 'btyd_cdnowSummary_cbs.csv'), '--holdout-length', '39');
    expect(out).toContain('over 39.0 weeks with 1 882 purchases');
    // 1653.41 expected by BG/NBD: 12.1 % below.
    expect(out).toMatch(/^bg-nbd .* -12\.1 %/m);
  });
});
