/**
 * Fits of other programs on CDNOW and grocery, as those programs returned them, imported with their own log-likelihood as
 * evidence. Sources: BTYD 2.4.3, BTYDplus (2026-06-17) and CLVTools 0.12.1, run; lifetimes: its documented rescaling.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { splitCalibration } from '../../skills/cohort/core/clv/data/index.ts';
import { importParameters } from '../../skills/cohort/core/clv/interchange/index.ts';
import { dayOfIsoDate } from '../../skills/sdk/numeric/index.ts';

const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const published = join(data, 'cdnow', 'btyd_cdnowSummary_cbs.csv');
const copy = join(data, 'cdnow', 'cdnow_customers_summary.csv');
const grocery = join(data, 'grocery', 'groceryElog.csv');
const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1) : []);
const day = (date: string): number => dayOfIsoDate(date) ?? Number.NaN;

/** Columns 1 to 3 of a table: x, tx, T. */
function historiesOf(file: string): { x: number[]; tx: number[]; T: number[] } {
  const rows = linesOf(file).map((line) => line.split(',').map((field) => Number(field.replaceAll('"', ''))));
  const column = (index: number): number[] => rows.map((row) => row[index] ?? Number.NaN);
  return { x: column(1), tx: column(2), T: column(3) };
}

describe.skipIf(!existsSync(published))('fits of CDNOW by other programs (skipped where the data folder is absent)', () => {
  const weeks = historiesOf(published);

  it('agree with BTYD', () => {
    const evidence = { data: weeks };
    const bg = [0.242598152307, 4.41368416326, 0.792989873668, 2.426166696366];
    const pareto = [0.553397143257, 10.58019854359, 0.606062497196, 11.656223672317];
    const [one] = importParameters('btyd', bg, { family: 'bg-nbd', evidence: { ...evidence, logLikelihood: -9582.42920679 } }).checked;
    // Eight decimals are printed.
    expect(one?.found).toBeCloseTo(-9582.42920679, 7);
    const [two] = importParameters('btyd', pareto, {
      family: 'pareto-nbd',
      evidence: { ...evidence, logLikelihood: -9594.97619847 },
    }).checked;
    expect(two?.found).toBeCloseTo(-9594.97619847, 7);
  });

  it('agree with CLVTools', () => {
    const document = { coef: { r: [0.55315], alpha: [10.57633], s: [0.60625], beta: [11.6715] }, logLik: [-9594.976] };
    expect(importParameters('clvtools', document, { evidence: { data: weeks } }).checked).toHaveLength(1);
  });

  it('agree with the mean likelihood that lifetimes keeps of the copy in two-decimal weeks', () => {
    const histories = historiesOf(copy);
    const scale = 10 / Math.max(...histories.T);
    const repeats = histories.x.reduce((total, x) => total + x, 0);
    // The reference log-likelihood of this copy, on rescaled time and per customer.
    const mean = (9582.42556056736 + repeats * Math.log(scale)) / histories.x.length;
    const fitter = {
      model: 'BetaGeoFitter',
      params_: { r: 0.242592907204, alpha: 4.41353156121, a: 0.792886148099, b: 2.42575343649 },
      _scale: scale,
      _negative_log_likelihood_: mean,
    };
    const [figure] = importParameters('lifetimes', fitter, { evidence: { data: histories } }).checked;
    expect(figure?.found).toBeCloseTo(-9582.42556056736, 6);
    const sum = {
      ...fitter,
      model: 'ParetoNBDFitter',
      params_: { r: 0.55327550869, alpha: 10.5776122387, s: 0.606213568674, beta: 11.6679112379 },
    };
    const total = 9594.97392982686 + repeats * Math.log(scale);
    const [pareto] = importParameters('lifetimes', { ...sum, _negative_log_likelihood_: total }, { evidence: { data: histories } }).checked;
    expect(pareto?.found).toBeCloseTo(-9594.97392982686, 6);
  });

  it('are refused in the wrong unit by the likelihood alone', () => {
    const daily = [0.242598152307, 7 * 4.41368416326, 0.792989873668, 2.426166696366];
    const evidence = { data: weeks, logLikelihood: -9582.42920679 };
    expect(() => importParameters('btyd', daily, { family: 'bg-nbd', evidence })).toThrow(
      /parameters are in days and the histories in weeks/,
    );
  });
});

describe.skipIf(!existsSync(grocery))('fits of grocery by BTYDplus (skipped where the data folder is absent)', () => {
  const rows = linesOf(grocery).map((line) => line.replaceAll('"', '').split(','));
  const purchases = { customerId: rows.map(([id]) => id ?? ''), day: rows.map(([, date]) => day(date ?? '')) };
  const ends = { calibrationEnd: day('2006-12-31'), observationEnd: day('2007-12-30') };
  const histories = rows.length > 0 ? splitCalibration(purchases, { timeUnit: 'week', ...ends }).calibration : undefined;

  it.each([
    ['nbd', [0.420319510369, 5.245107252656], -16376.8639011],
    ['pareto-nbd', [0.786435390456, 5.678976047536, 0.386220853114, 5.717118238097], -15782.3921379],
    ['bg-nbd', [0.348591992005, 2.580937551551, 0.503826158349, 3.644362544582], -15836.5662391],
    ['mbg-cnbd', [1, 1.256790777694, 6.038475836386, 0.368251452849, 0.715735220199], -15781.939376],
    ['bg-cnbd', [2, 0.359061005689, 1.129387452601, 0.522813198721, 2.785341411183], -15054.1729045],
    ['mbg-cnbd', [2, 1.329197268685, 2.812600329662, 0.424715580354, 0.790040222206], -14978.2107316],
  ] as const)('agree with %s %j', (family, vector, logLikelihood) => {
    if (!histories) throw new Error('no data');
    const [figure] = importParameters('btydplus', vector, { family, evidence: { data: histories, logLikelihood } }).checked;
    // Printed with seven decimals at most.
    expect(figure?.found).toBeCloseTo(logLikelihood, 5);
  });
});
