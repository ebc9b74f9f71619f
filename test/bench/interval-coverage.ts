/**
 * How often 95 % intervals hold the truth: customers are simulated with known parameters, the model is fitted to what was seen
 * of them, and each method's intervals are compared with those parameters and with what the same customers then bought. Prints
 * a Markdown table. The target is 93 to 97 %.
 *
 * node --conditions=cohortium-source test/bench/interval-coverage.ts [--replications 500] [--family bg-nbd] [--customers 1000]
 *   [--horizon 39] [--draws 500] [--methods laplace,profile,posterior,importance,bootstrap,bayesian-bootstrap]
 */
import { parseArgs } from 'node:util';

import { timingFamily } from '../../skills/cohort/core/clv/families.ts';
import { fitStatistics } from '../../skills/cohort/core/clv/fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from '../../skills/cohort/core/clv/histories.ts';
import {
  bootstrapDraws,
  forecastTotals,
  importanceDraws,
  laplaceDraws,
  laplaceIntervals,
  type ParameterDraws,
  type ParameterIntervals,
  posteriorDraws,
  profileIntervals,
  summarizeDraws,
} from '../../skills/cohort/core/clv/intervals/index.ts';
import { makeRng, type Rng } from '../../skills/sdk/numeric/index.ts';

const { values: given } = parseArgs({
  options: {
    replications: { type: 'string', default: '500' },
    family: { type: 'string', default: 'bg-nbd' },
    customers: { type: 'string', default: '1000' },
    horizon: { type: 'string', default: '39' },
    draws: { type: 'string', default: '500' },
    methods: { type: 'string', default: 'laplace,profile,posterior,importance,bootstrap,bayesian-bootstrap' },
  },
});

/** In weeks; near published fits, but far enough inside that a sample of this size has its maximum there. */
const truths: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  nbd: { r: 0.8, alpha: 6 },
  'bg-nbd': { r: 0.8, alpha: 6, a: 0.9, b: 2.5 },
  'mbg-nbd': { r: 0.9, alpha: 6, a: 0.9, b: 2 },
  'pareto-nbd': { r: 0.8, alpha: 6, s: 0.8, beta: 10 },
};

const family = timingFamily(given.family);
const truth = truths[given.family];
if (!truth) throw new Error(`no truth for '${given.family}'; there is one for: ${Object.keys(truths).join(', ')}`);
const [replications, customers, horizon, draws] = [given.replications, given.customers, given.horizon, given.draws].map(Number) as [
  number,
  number,
  number,
  number,
]; // four options went in
const methods = given.methods.split(',');
const names = family.parameters.map(({ name }) => name);

interface Replication {
  readonly data: HistoryColumns;
  /** What the same customers bought after the observation. */
  readonly future: number;
}

/** Ages of 27 to 39 weeks, by the day, as in CDNOW; purchases at exact times, because rounded ones are not the model's. */
function simulate(parameters: Readonly<Record<string, number>>, rng: Rng): Replication {
  const [x, tx, T] = [new Float64Array(customers), new Float64Array(customers), new Float64Array(customers)];
  let future = 0;
  for (let row = 0; row < customers; row++) {
    const age = 27 + rng.integer(85) / 7;
    const times = family.simulate(parameters, age + horizon, rng);
    const seen = times.filter((time) => time <= age);
    x[row] = seen.length;
    tx[row] = seen.at(-1) ?? 0;
    T[row] = age;
    future += times.length - seen.length;
  }
  return { data: { x, tx, T }, future };
}

interface Tally {
  held: number;
  below: number;
  above: number;
  all: number;
}

const tallies = new Map<string, Tally>();

/** `below` counts truths below the interval, `above` those above it. */
function count(method: string, what: string, actual: number, low: number, high: number): void {
  const key = `${method}/${what}`;
  const tally = tallies.get(key) ?? { held: 0, below: 0, above: 0, all: 0 };
  tally.all += 1;
  if (actual < low) tally.below += 1;
  else if (actual > high) tally.above += 1;
  else tally.held += 1;
  tallies.set(key, tally);
}

let atLimit = 0;
const spentMs = new Map<string, number>();

for (let replication = 0; replication < replications; replication++) {
  const rng = makeRng(`interval coverage ${replication}`);
  const { data, future } = simulate(truth, rng);
  const statistics = summarizeHistories(data);
  const fit = fitStatistics(family, statistics);
  if (fit.boundary) {
    atLimit += 1;
    continue;
  }
  const options = { seed: `coverage ${replication}`, draws };
  const countParameters = (method: string, { intervals }: ParameterIntervals): void => {
    for (const { name, low, high } of intervals) count(method, name, truth[name] ?? 0, low, high);
  };
  const countTotal = (method: string, parameters: ParameterDraws, withFuture = true): void => {
    const { overall } = forecastTotals({ family, data, draws: parameters, horizon, rng: rng.split(method), withFuture });
    count(method, 'total', future, overall.low, overall.high);
  };
  const makers: Readonly<Record<string, () => ParameterDraws>> = {
    posterior: () => posteriorDraws(family, fit, statistics, { ...options, draws: Math.ceil(draws / 4), warmup: 100 }),
    importance: () => importanceDraws(family, fit, statistics, options),
    bootstrap: () => bootstrapDraws(family, fit, statistics, options),
    'bayesian-bootstrap': () => bootstrapDraws(family, fit, statistics, { ...options, scheme: 'bayesian' }),
  };
  for (const method of methods) {
    const before = performance.now();
    const make = makers[method];
    if (method === 'laplace') {
      countParameters(method, laplaceIntervals(family, fit));
      const drawn = laplaceDraws(family, fit, options);
      countTotal(method, drawn);
      countTotal('laplace, future purchases left out', drawn, false);
    } else if (method === 'profile') {
      countParameters(method, profileIntervals(family, fit, statistics));
    } else if (make) {
      const drawn = make();
      countParameters(method, summarizeDraws(drawn));
      countTotal(method, drawn);
    } else throw new Error(`no method '${method}'; there are: laplace, profile, ${Object.keys(makers).join(', ')}`);
    spentMs.set(method, (spentMs.get(method) ?? 0) + performance.now() - before);
  }
  if ((replication + 1) % 50 === 0) process.stderr.write(`${replication + 1} of ${replications}\n`);
}

const percent = (share: number): string => (100 * share).toFixed(1);
/** Share held, its binomial standard error, and how many missed on either side. */
const cell = (tally: Tally | undefined): string => {
  if (!tally) return '–';
  const share = tally.held / tally.all;
  return `${percent(share)} ± ${percent(Math.sqrt((share * (1 - share)) / tally.all))} (${tally.below}/${tally.above})`;
};
const whats = [...names, 'total'];
const rows = [...new Set([...tallies.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))))];
const parameters = names.map((name) => `${name} ${truth[name]}`).join(', ');
process.stdout.write(
  [
    `${family.title}, ${parameters}; ${customers} customers, ${replications} replications, ${atLimit} of them at a limit and left out.`,
    'Share of 95 % intervals that hold the truth, %, ± binomial standard error (truths below / above the interval).',
    '',
    `| method | ${whats.join(' | ')} | s per data set |`,
    `|---|${whats.map(() => '---').join('|')}|---|`,
    ...rows.map((method) => {
      const cells = whats.map((what) => cell(tallies.get(`${method}/${what}`))).join(' | ');
      const ms = spentMs.get(method);
      return `| ${method} | ${cells} | ${ms === undefined ? '' : (ms / 1000 / (replications - atLimit)).toFixed(2)} |`;
    }),
    '',
  ].join('\n'),
);
