/** Purchase models on a CSV file: no operator directory, no map, nothing kept but what `--out` names. */
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { actionOf } from '../group-action.ts';

/** The models are loaded with the first action, so that `--help` stays quick. */
const actions = {
  fit: async (call, file) => (await import('./clv/fit.ts')).fit(call, file),
  compare: async (call, file) => (await import('./clv/compare.ts')).compare(call, file),
  predict: async (call, file) => (await import('./clv/predict.ts')).predict(call, file),
  plot: async (call, file) => (await import('./clv/plot.ts')).plot(call, file),
  check: async (call, file) => (await import('./clv/check.ts')).check(call, file),
  simulate: async (call) => (await import('./clv/simulate.ts')).simulate(call),
} satisfies Readonly<Record<string, (call: CommandCall, file: string | undefined) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  fit: 'estimate one model',
  compare: 'fit all and rank them',
  predict: 'what each customer will buy',
  plot: 'draw what the data allow',
  check: 'compare the models with reference values',
  simulate: 'write a sample log',
};

export const clv: CommandSpec = {
  name: 'clv',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[file]', 'CSV file: a log of purchases (customer, date, amount) or a table (x, t_x, T); for check a JSON file of vectors'],
  ],
  summary: 'fit, compare, draw and check purchase models on a CSV file',
  says: 'Needs no operator directory. fit estimates one model; compare fits all but bg-bb and ranks them; predict gives each customer a probability of being active, purchases and value; plot draws what the data allow; check compares the models with reference values; simulate writes a sample log. Columns are found by their usual names.',
  options: [
    { flags: '--model <id>', says: 'nbd, bg-nbd, mbg-nbd, pareto-nbd, …; an unknown one lists all (default: bg-nbd)' },
    { flags: '--unit <unit>', says: 'time unit: hour, day, week, month, quarter or year (default: week)' },
    { flags: '--end <date>', says: 'last day that a log covers; needed for a log' },
    { flags: '--calibration-end <date>', says: 'last day that the model may see; what comes after is the holdout' },
    { flags: '--holdout-length <n>', says: 'for a table that has counts of a holdout (x.star): its length' },
    { flags: '--customer <column>', says: 'column of the customer' },
    { flags: '--date <column>', says: 'column of the date (2026-01-31)' },
    { flags: '--amount <column>', says: 'column of the money' },
    { flags: '--model-file <file>', says: 'predict and plot: a model that fit --out wrote, instead of a fit' },
    { flags: '--horizon <n>', says: 'predict: how far, in time units' },
    { flags: '--discount-annual <rate>', says: 'predict: 0.1 for ten percent a year (default: 0)' },
    { flags: '--show <customer>', says: 'plot: whose history to draw (default: a frequent buyer)' },
    { flags: '--customers <n>', says: 'simulate: how many (default: 1000)' },
    { flags: '--seed <text>', says: 'simulate: same seed, same file (default: first-light)' },
    { flags: '--out <path>', says: 'fit: file of the model; predict and simulate: CSV file; plot: directory' },
  ],
  examples: [
    ['cohortium clv simulate --customers 500 --out log.csv', 'a log to try it with; names its end'],
    ['cohortium clv fit log.csv --end 2025-06-29 --out model.json', 'parameters with standard errors and intervals'],
    ['cohortium clv compare log.csv --end 2025-06-29 --calibration-end 2024-09-29', 'which model foresees the holdout best'],
    ['cohortium clv predict log.csv --end 2025-06-29 --model-file model.json --horizon 39 --out clv.csv', 'every customer'],
    ['cohortium clv plot log.csv --end 2025-06-29 --calibration-end 2024-09-29 --out pictures', 'look at the fit'],
    ['cohortium clv check vectors.json', 'compare with values that somebody else computed'],
  ],
  next: 'compare, then fit the best one; docs/how-to/fit-a-clv-model-on-a-csv.md goes through it.',
  async action(call) {
    const [action, file] = call.args;
    return actions[actionOf('clv', says, action)](call, file);
  },
};
