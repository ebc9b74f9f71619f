/** Fits of real data sets against a reference that was polished to a gradient of 1e-12, and the sets whose maximum is a limit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { bgNbd, compareFamilies, fitTiming, type HistoryColumns, predictTiming, timingFamily } from '../../skills/cohort/core/clv/index.ts';

const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const isHere = existsSync(data);

/** Cells of a CSV file without quotes that matter; the header is left out. */
function cells(file: string): string[][] {
  const bytes = readFileSync(join(data, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.replaceAll('"', '').split(','));
}

/** Histories in weeks, of purchase days until a last day. */
function histories(days: ReadonlyMap<string, ReadonlySet<number>>, end: number): Required<Omit<HistoryColumns, 'weight'>> {
  const rows = [...days.values()].flatMap((seen) => {
    const sorted = [...seen].filter((day) => day <= end).sort((a, b) => a - b);
    const [first] = sorted;
    if (first === undefined) return [];
    const gaps = sorted.slice(1).map((day, index) => (day - (sorted[index] ?? day)) / 7);
    const logGaps = gaps.reduce((total, gap) => total + Math.log(gap), 0);
    return [{ x: sorted.length - 1, tx: ((sorted.at(-1) ?? first) - first) / 7, T: (end - first) / 7, logGaps }];
  });
  const column = (name: keyof (typeof rows)[number]): number[] => rows.map((row) => row[name]);
  return { x: column('x'), tx: column('tx'), T: column('T'), logGaps: column('logGaps') };
}

function purchaseDays(rows: Iterable<readonly [customer: string, day: number]>): Map<string, Set<number>> {
  const days = new Map<string, Set<number>>();
  for (const [customer, day] of rows) days.set(customer, (days.get(customer) ?? new Set<number>()).add(day));
  return days;
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;

function cdnow(): HistoryColumns {
  const rows = cells('cdnow/btyd_cdnowSummary_cbs.csv').map((row) => row.slice(1).map(Number));
  const weeks = (index: number): number[] => rows.map((row) => Math.round((row[index] ?? 0) * 7) / 7);
  return { x: rows.map((row) => row[0] ?? 0), tx: weeks(1), T: weeks(2) };
}

function cdnowTwoDecimals(): HistoryColumns {
  const rows = cells('cdnow/cdnow_customers_summary.csv').map((row) => row.map(Number));
  return { x: rows.map((row) => row[1] ?? 0), tx: rows.map((row) => row[2] ?? 0), T: rows.map((row) => row[3] ?? 0) };
}

/** Online grocer, one year to calibrate on: 2006. */
function grocery(): HistoryColumns {
  return histories(
    purchaseDays(cells('grocery/groceryElog.csv').map((row) => [row[0] ?? '', dayOf(row[1] ?? '')] as const)),
    dayOf('2006-12-31'),
  );
}

/** The example transactions of lifetimes, daily, to their last day. */
function example(): HistoryColumns {
  const days = purchaseDays(
    cells('cdnow/lifetimes_example_transactions.csv').map((row) => [row[1] ?? '', dayOf((row[0] ?? '').slice(0, 10))] as const),
  );
  const { x, tx, T } = histories(days, dayOf('2014-12-31'));
  return { x, tx: Array.from(tx, (weeks) => Math.round(weeks * 7)), T: Array.from(T, (weeks) => Math.round(weeks * 7)) };
}

const fits = [
  ['CDNOW in exact weeks', cdnow, 'bg-nbd', [0.24259452243, 4.41360201901, 0.792922017226, 2.42590677683], -9582.42920667393],
  ['CDNOW in exact weeks', cdnow, 'mbg-nbd', [0.524843159106, 6.18308527958, 0.891359390732, 1.61400224017], -9582.13571555375],
  ['CDNOW in exact weeks', cdnow, 'pareto-nbd', [0.553277046853, 10.5776834633, 0.606239989128, 11.6687352889], -9594.97617893954],
  ['CDNOW in two decimals', cdnowTwoDecimals, 'bg-nbd', [0.242592907204, 4.41353156121, 0.792886148099, 2.42575343649], -9582.42556056736],
  ['CDNOW in two decimals', cdnowTwoDecimals, 'mbg-nbd', [0.524837983666, 6.18299201967, 0.891356155332, 1.61399933473], -9582.1326848999],
  [
    'CDNOW in two decimals',
    cdnowTwoDecimals,
    'pareto-nbd',
    [0.55327550869, 10.5776122387, 0.606213568674, 11.6679112379],
    -9594.97392982686,
  ],
  ['grocery', grocery, 'bg-nbd', [0.348645866607, 2.58167112309, 0.503845418273, 3.64438576354], -15836.5662305527],
  ['grocery', grocery, 'mbg-nbd', [1.25692127668, 6.0391423236, 0.368276613297, 0.7157636233], -15781.9393748932],
  ['grocery', grocery, 'pareto-nbd', [0.786436793388, 5.67904056154, 0.386239154708, 5.71778911635], -15782.3921378156],
  ['example transactions', example, 'bg-nbd', [0.1638509, 1.86428044, 1.85034311, 3.18105876], -39248.626120576],
] as const;

describe.skipIf(!isHere)('fits of the reference (skipped where the data folder is absent)', () => {
  it.each(fits)('%s: fit %# within 1e-5 in parameters and 1e-6 in log-likelihood', (_, read, id, params, logLikelihood) => {
    const family = timingFamily(id);
    const model = fitTiming(family, read());
    family.parameters.forEach(({ name }, index) => {
      expect(Math.abs((model.params[name] ?? 0) / (params[index] ?? 0) - 1)).toBeLessThan(1e-5);
    });
    expect(Math.abs(model.logLikelihood - logLikelihood)).toBeLessThan(1e-6);
    expect(model.boundary).toBeNull();
  });

  it.each([
    ['bg-nbd', 39, cdnow, 1653.4087],
    ['mbg-nbd', 39, cdnow, 1576.7283],
    ['pareto-nbd', 39, cdnow, 1665.51311],
    ['bg-nbd', 52, grocery, 3996.41],
    ['mbg-nbd', 52, grocery, 4024.84],
    ['pareto-nbd', 52, grocery, 3990.73],
  ] as const)('%s expects the reference total of the next %d weeks', (id, horizon, read, total) => {
    const histories = read();
    const family = timingFamily(id);
    const { expected } = predictTiming(family, fitTiming(family, histories), histories, { horizon });
    const sum = expected.reduce((before, value) => before + value, 0);
    // The reference is printed with that many digits.
    expect(Math.abs(sum - total)).toBeLessThan(total > 3000 ? 0.006 : 6e-5);
  });
});

describe.skipIf(!isHere)('CDNOW (skipped where the data folder is absent)', () => {
  it('gives the standard errors and the covariance of the log-parameters of the reference', () => {
    const model = fitTiming(bgNbd, cdnow());
    expect(model.standardErrors.map((error) => Number(error?.toPrecision(5)))).toEqual([0.012557, 0.37822, 0.18573, 0.70541]);
    // Row-major, the reference fit's own Hessian.
    const reference = [
      0.0026793902, 0.0034616287, -0.0004566838, 0.00011153056, 0.0034616287, 0.0073436499, -0.00081884912, 0.0009828424, -0.0004566838,
      -0.00081884912, 0.05486824, 0.064057317, 0.00011153056, 0.0009828424, 0.064057317, 0.084555187,
    ];
    model.covarianceLog.forEach((value, index) => expect(value).toBeCloseTo(reference[index] ?? Number.NaN, 6));
  });

  it('ranks the models by AIC: MBG/NBD before BG/NBD before Pareto/NBD, far before NBD', () => {
    const { models, failed } = compareFamilies(cdnow(), ['nbd', 'pareto-nbd', 'bg-nbd', 'mbg-nbd']);
    expect(models.map(({ family }) => family)).toEqual(['mbg-nbd', 'bg-nbd', 'pareto-nbd', 'nbd']);
    // BTYDplus reports the same log-likelihood of NBD.
    expect(models.at(-1)?.model.logLikelihood).toBeCloseTo(-9763.65761467, 6);
    expect(failed).toEqual([]);
  });
});

describe.skipIf(!isHere)('sets whose maximum is a limit (skipped where the data folder is absent)', () => {
  const foodmart = (): HistoryColumns =>
    histories(
      purchaseDays(
        cells('foodmart/foodmart_sales_1997_joined.csv.gz').map((row) => [row[2] ?? '', dayOf((row[8] ?? '').slice(0, 10))] as const),
      ),
      dayOf('1997-12-31'),
    );
  const onlineRetail = (): HistoryColumns => {
    const lines = gunzipSync(readFileSync(join(data, 'online_retail', 'online_retail.csv.gz')))
      .toString('utf8')
      .trim()
      .split('\n')
      .slice(1);
    const rows = lines.flatMap((line) => {
      // Descriptions may hold commas; the customer and the date are counted from the end.
      const fields = line.trim().split(',');
      const [date, , customer] = fields.slice(-4);
      const quantity = Number(fields.at(-5));
      const purchase = dayOf((date ?? '').slice(0, 10));
      return customer !== undefined && customer !== '' && quantity > 0 && Number.isFinite(purchase) ? [[customer, purchase] as const] : [];
    });
    return histories(purchaseDays(rows), dayOf('2011-12-09'));
  };

  it.each([
    ['FoodMart', foodmart],
    ['Online Retail', onlineRetail],
  ])('%s: nobody leaves; the limit is named, and every prediction is finite', (_, read) => {
    const columns = read();
    expect(columns.x.length).toBeGreaterThan(4000);
    for (const id of ['nbd', 'bg-nbd', 'mbg-nbd', 'pareto-nbd', 'mbg-cnbd-2']) {
      const family = timingFamily(id);
      const model = fitTiming(family, columns);
      if (id === 'bg-nbd') {
        expect(model.boundary?.limit).toBe('nobody-leaves');
        // Both maxima are elsewhere by so little that nothing tells them from the limit.
        expect(model.boundary?.pValue).toBeGreaterThan(0.2);
        expect(model.params['a']).toBe(0);
        expect(model.free).toBe(2);
      }
      const predicted = predictTiming(family, model, columns, { horizon: 13, ratePerTime: 0.002 });
      for (const column of Object.values(predicted))
        expect(
          column.every((value: number) => Number.isFinite(value) && value >= 0),
          id,
        ).toBe(true);
      if (id === 'bg-nbd') expect(predicted.pAlive.every((p) => p === 1)).toBe(true);
    }
  });
});
