/**
 * Kaplan–Meier, log-rank and Cox's regression against R's survival on the same rows: agreement of every figure, and CPU time of
 * each call. Days are whole, as day buckets give them, and once not. Ours includes the checks, the canonical order of rows and,
 * as theirs, the concordance. Ends with an error where a figure differs by more than 1e-6; without R it says so and ends.
 *
 * node --conditions=cohortium-source test/bench/cohort-survival.bench.ts [--rows 1000000]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import {
  dayOfShare,
  fitCox,
  kaplanMeier,
  logRank,
  survival,
  type SurvivalRows,
  survivalOn,
  testProportionality,
} from '../../skills/cohort/core/methods/survival/index.ts';
import { hazardUpTo } from '../../skills/cohort/core/methods/survival/predict.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cacheFolder } from './peers/python-peer.ts';
import { hasR, runR } from './peers/r-script.ts';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const width = 4;
const horizon = 90;
let isFar = false;

if (hasR(['survival'])) {
  console.log('| rows | what runs | R, CPU s | ours, CPU s | ours / theirs | largest relative difference |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  compare(10_000, true);
  compare(10_000, false);
  compare(Number(given.rows), true);
  if (isFar) process.exitCode = 1;
}

function compare(rows: number, isWhole: boolean): void {
  const data = customers(rows, isWhole);
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `survival-${rows}-${isWhole ? 'days' : 'times'}.f64`);
  const columns = [
    data.start,
    data.stop,
    Float64Array.from(data.event),
    Float64Array.from(data.group),
    Float64Array.from(data.stratum),
    ...data.columns,
  ];
  writeFileSync(file, Buffer.concat(columns.map((column) => Buffer.from(column.buffer))));
  const theirs = runR('cohort_survival.R', [file, String(rows), String(width), String(horizon)]);
  const { group, start, stratum, strata, ...plain } = data;
  const kinds = { plain, late: { ...plain, start }, strata: { ...plain, start, stratum, strata } };
  const label = `${rows.toLocaleString('en')}${isWhole ? '' : ', times of their own'}`;
  const report = (what: string, key: string, ours: number | undefined, pairs: readonly (readonly [number, number | undefined])[]): void => {
    const worst = Math.max(...pairs.map(([mine, other = Number.NaN]) => Math.abs(mine - other) / Math.max(1e-3, Math.abs(other))));
    if (!(worst < 1e-6)) isFar = true;
    const cpu = theirs.get(`cpu.${key}`)?.[0];
    const times = ours === undefined || cpu === undefined ? '| | ' : `${cpu.toFixed(3)} | ${ours.toFixed(3)} | ${(ours / cpu).toFixed(3)}`;
    console.log(`| ${label} | ${what} | ${times} | ${worst.toExponential(1)} |`);
  };
  const of = (name: string): readonly number[] => theirs.get(name) ?? [];
  for (const [kind, observed] of Object.entries(kinds) as [keyof typeof kinds, SurvivalRows][]) {
    const curve = timed(() => kaplanMeier(observed));
    const at = survivalOn(curve.value, horizon);
    const error = curve.value.standardError[curve.value.day.findLastIndex((day) => day <= horizon)] ?? 0;
    report(`Kaplan–Meier, ${kind}`, `kaplan-meier.${kind}`, curve.cpu, [
      ...[at.survival, error, at.low, at.high].map((value, index) => [value, of(`survival.${kind}`)[index]] as const),
      [dayOfShare(curve.value).day ?? 0, of(`median.${kind}`)[0]],
    ]);
    if (kind === 'plain') {
      const test = timed(() => logRank(observed, group, 3));
      report('log-rank, three groups', 'log-rank.plain', test.cpu, [[test.value.chiSquare, of('log-rank.plain')[0]]]);
      const held = logRank({ ...observed, stratum, strata }, group, 3);
      report('log-rank, stratified', '', undefined, [[held.chiSquare, of('log-rank.strata')[0]]]);
    }
    const cox = timed(() => fitCox({}, observed));
    report(`Cox, ${kind}`, `cox.${kind}`, cox.cpu, [
      ...cox.value.effects.flatMap(
        ({ coefficient, standardError }, index) =>
          [
            [coefficient, of(`coefficients.${kind}`)[index]],
            [standardError, of(`errors.${kind}`)[index]],
          ] as const,
      ),
      [cox.value.logLikelihood.none, of(`log-likelihood.${kind}`)[0]],
      [cox.value.logLikelihood.fitted, of(`log-likelihood.${kind}`)[1]],
      [cox.value.concordance.share ?? 0, of(`concordance.${kind}`)[0]],
      ...(kind === 'plain'
        ? [[hazardUpTo(cox.value.baseline[0] ?? { day: [], hazard: [] }, horizon), of('baseline.plain')[0]] as const]
        : []),
    ]);
    const chiSquares = of('proportional.plain');
    if (kind === 'plain' && chiSquares.length > 0) {
      const { effects, all } = testProportionality({}, observed);
      report(
        'test of proportional hazards',
        '',
        undefined,
        [...effects, all].map(({ chiSquare }, index) => [chiSquare, chiSquares[index]] as const),
      );
    }
  }
  const whole = timed(() => survival.assign(survival.fit({ horizonDays: horizon }, plain), plain));
  console.log(`${label}: the whole cohort method, fit and assignment, ${whole.cpu.toFixed(2)} CPU s`);
}

function timed<Value>(run: () => Value): { readonly cpu: number; readonly value: Value } {
  globalThis.gc?.();
  const before = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, value };
}

/** Weibull times to the event, seen from a day of entry to a day of leaving. */
function customers(rows: number, isWhole: boolean) {
  const rng = makeRng('survival');
  const columns = Array.from({ length: width }, () => new Float64Array(rows));
  const [start, stop, event] = [new Float64Array(rows), new Float64Array(rows), new Uint8Array(rows)];
  const [group, stratum] = [new Int32Array(rows), new Int32Array(rows)];
  // On a grid, because R takes times for equal that differ by a rounding.
  const whole = isWhole ? Math.ceil : (value: number): number => Math.ceil(value * 64) / 64;
  for (let row = 0; row < rows; row++) {
    const values = [rng.normal(), rng.gamma(1), rng.uniform() < 0.3 ? 1 : 0, rng.poisson(2)];
    values.forEach((value, at) => ((columns[at] ?? new Float64Array())[row] = value));
    group[row] = rng.integer(3);
    stratum[row] = rng.integer(4);
    const risk =
      0.4 * (values[0] ?? 0) - 0.3 * (values[1] ?? 0) + 0.5 * (values[2] ?? 0) + 0.05 * (group[row] ?? 0) + 0.1 * (stratum[row] ?? 0);
    const happens = 120 * Math.exp(Math.log(rng.exponential()) * 0.8 - risk * 0.8);
    const leaves = 400 * rng.uniform();
    stop[row] = Math.max(whole(1e-9), whole(Math.min(happens, leaves)));
    event[row] = happens <= leaves ? 1 : 0;
    const enters = rng.uniform() < 0.5 ? 0 : rng.uniform() * (stop[row] ?? 0);
    start[row] = isWhole ? Math.min(Math.floor(enters), (stop[row] ?? 1) - 1) : Math.min(whole(enters), (stop[row] ?? 1) - 1 / 64);
  }
  return { names: columns.map((_, at) => `x${at + 1}`), columns, start, stop, event, group, stratum, strata: ['a', 'b', 'c', 'd'] };
}
