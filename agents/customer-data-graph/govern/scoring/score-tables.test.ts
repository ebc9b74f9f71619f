import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { rankClusters, tierValues } from '../../../../skills/recalibrate/core/governance/index.ts';
import {
  actualCsv,
  clustersCsv,
  type Predictions,
  predictionsCsv,
  rankedCsv,
  rankingCsv,
  readClusters,
  readPredictions,
} from './score-tables.ts';

const facts = { cutoff: '2026-01-05', predMonths: 6, modelId: 'clv_model_1', currency: 'EUR' };
const home = { location: ['Köln, Süd', '', 'a"b'], channel: ['web', 'web', 'store'], brand: ['x', 'y', 'z\nw'] };
const predictions: Predictions = { customerId: ['a', 'b,c', 'd"e'], value: Float64Array.of(1.5, 0, 1 / 3), home };

describe('the CSV files of a cut-off', () => {
  it('give predictions back bit for bit, whatever ids and places look like', () => {
    expect(readPredictions(predictionsCsv(predictions, facts), 'p.csv')).toEqual(predictions);
    const formula = { ...predictions, customerId: ['=1+1', "'=1", '@x'] };
    expect(predictionsCsv(formula, facts)).not.toMatch(/^[=@]/m);
    expect(readPredictions(predictionsCsv(formula, facts), 'p.csv')).toEqual(formula);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.double({ min: 0, max: 1e15, noNaN: true })), { minLength: 1, maxLength: 9 }),
        (rows) => {
          // The reader takes a bare carriage return for the end of a line only outside quotes.
          const all: Predictions = {
            customerId: rows.map(([id]) => id),
            value: Float64Array.from(rows, ([, value]) => value + 0),
            home: { location: rows.map(([id]) => id), channel: rows.map(() => ''), brand: rows.map(() => '') },
          };
          expect(readPredictions(predictionsCsv(all, facts), 'p.csv')).toEqual(all);
        },
      ),
    );
  });

  it.each([
    ['an amount that is none', (text: string) => text.replace(',1.5,', ',much,')],
    ['an amount below 0', (text: string) => text.replace(',1.5,', ',-1,')],
    ['no amount', (text: string) => text.replace(',1.5,', ',,')],
    ['a column less', (text: string) => text.replace('home_brand', 'brand')],
  ])('are refused with %s', (_what, edit) => {
    expect(() => readPredictions(edit(predictionsCsv(predictions, facts)), 'p.csv')).toThrow(
      expect.objectContaining({ code: 'SCORE_FILE_CHANGED' }) as Error,
    );
  });

  it('say what was spent, and leave it open for who is part of somebody else', () => {
    const lines = actualCsv(
      { ...predictions, home: { location: ['', '', ''], channel: ['', '', ''], brand: ['', '', ''] } },
      facts,
      Float64Array.of(7, Number.NaN, 0),
    );
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => line.split(',').at(-1)),
    ).toEqual(['actual_clv', '7', '', '0']);
  });

  it('have rank, tier and its bounds', () => {
    const text = rankedCsv(predictions, facts, tierValues(predictions.customerId, predictions.value, [34]));
    expect(text.split('\n').slice(0, 3)).toEqual([
      'rank,customer_id,prediction_cutoff,pred_months,model_id,predicted_clv,currency,unit,tier,tier_low,tier_high',
      `1,a,2026-01-05,6,clv_model_1,1.5,EUR,minor,Top-34 %,${1 / 3},1.5`,
      `2,"d""e",2026-01-05,6,clv_model_1,${1 / 3},EUR,minor,Top-34 %,${1 / 3},1.5`,
    ]);
  });

  it('declare the index of clusters in the file itself', () => {
    const cluster = Int32Array.of(0, 0, 4);
    expect(readClusters(clustersCsv(predictions.customerId, cluster, facts))).toEqual(
      new Map([
        ['a', 0],
        ['b,c', 0],
        ['d"e', 4],
      ]),
    );
    const [head = '', first = ''] = rankingCsv(rankClusters(cluster, Float64Array.of(3, 1, 4)), facts).split('\n');
    expect(head).toContain('median_clv,clv_index,population_median_clv');
    expect(first).toBe(`1,4,1,4,${(100 * 4) / 3},3,EUR,minor,2026-01-05,6,100 * median_clv of the cluster / median_clv of all customers`);
  });
});
