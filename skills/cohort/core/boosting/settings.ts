/** Checks the configuration and the rows of a fit, and fills in the defaults. */
import { CohortiumError } from '../../../sdk/errors.ts';
import type { BoostingConfig, BoostingLoss, BoostingRows, BoostingSettings } from './model.ts';

/** Beyond this, squares leave the range of doubles. */
const largest = 1e150;
/** Sums of as many rows are exact in 64 bits with 16 bits left for each. */
const mostRows = 16_777_216;

/** @throws {CohortiumError} NUMERIC_DOMAIN naming the setting, what was found and what is accepted */
export function settingsOf(config: BoostingConfig, names: readonly string[]): BoostingSettings {
  checkLoss(config.loss);
  const { rounds = 100, leaves = 31, learningRate = 0.1, minLeaf = 20, bins = 255, l2 = 0, seed = '' } = config;
  whole('rounds', rounds, 1, 10_000);
  whole('leaves', leaves, 2, 255);
  whole('minLeaf', minLeaf, 1, mostRows);
  whole('bins', bins, 2, 255);
  if (!(learningRate > 0 && learningRate <= 1)) refuse(`learningRate is ${learningRate}; give a number in (0, 1]`);
  if (!(l2 >= 0 && l2 <= largest)) refuse(`l2 is ${l2}; give a number ≥ 0`);
  const { earlyStopping = null, monotone = {} } = config;
  if (earlyStopping) {
    whole('earlyStopping.patience', earlyStopping.patience, 1, 10_000);
    const { share } = earlyStopping;
    if (!(share > 0 && share <= 0.5)) refuse(`earlyStopping.share is ${share}; give a number in (0, 0.5]`);
  }
  if (typeof config.loss === 'object' && Object.keys(monotone).length > 0) {
    refuse('monotone columns are not available for quantiles, whose leaves are not means; leave monotone out');
  }
  for (const [name, direction] of Object.entries<number>(monotone)) {
    if (!names.includes(name)) refuse(`monotone names '${name}'; the columns are ${names.join(', ')}`);
    if (direction !== 1 && direction !== -1) refuse(`monotone.${name} is ${direction}; give 1 or -1`);
  }
  return {
    rounds,
    leaves,
    learningRate,
    minLeaf,
    bins,
    l2,
    seed,
    earlyStopping: earlyStopping && { share: earlyStopping.share, patience: earlyStopping.patience },
    monotone: { ...monotone },
  };
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for a loss that is none of the three */
function checkLoss(loss: BoostingLoss): void {
  if (loss === 'poisson' || loss === 'squared') return;
  const quantile = typeof loss === 'object' ? loss?.quantile : undefined;
  if (typeof quantile !== 'number') refuse(`the loss is ${JSON.stringify(loss)}; give 'poisson', 'squared' or { quantile: 0.9 }`);
  if (!(quantile > 0 && quantile < 1)) refuse(`the quantile is ${quantile}; give a number in (0, 1)`);
}

/**
 * Rows that count: all, or those with a weight above 0.
 * @throws {CohortiumError} NUMERIC_DOMAIN naming the column and row
 */
export function checkRows(loss: BoostingLoss, { columns, names, target, weight }: BoostingRows): Uint32Array {
  if (columns.length === 0) refuse('there is no column; give at least one');
  if (names.length !== columns.length) refuse(`${names.length} names for ${columns.length} columns; give one name per column`);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) refuse(`the column name '${repeated}' stands twice; give each column a name of its own`);
  const rows = target.length;
  if (rows === 0 || rows > mostRows) refuse(`there are ${rows} rows; give 1 to ${mostRows}`);
  checkColumns(names, columns, rows);
  if (weight && weight.length !== rows) refuse(`${weight.length} weights for ${rows} rows; give one weight per row`);
  const used = new Uint32Array(rows);
  let count = 0;
  let most = 0;
  for (let row = 0; row < rows; row++) {
    const value = target[row] ?? Number.NaN;
    if (!(Math.abs(value) <= largest)) refuse(`the target of row ${row} is ${value}; give numbers from -1e150 to 1e150`);
    if (value < 0 && loss === 'poisson') refuse(`the target of row ${row} is ${value}; the Poisson loss takes numbers ≥ 0`);
    const share = weight === undefined ? 1 : (weight[row] ?? Number.NaN);
    if (!(share >= 0 && share <= largest)) refuse(`the weight of row ${row} is ${share}; give numbers ≥ 0`);
    if (share === 0) continue;
    used[count] = row;
    count += 1;
    most = Math.max(most, value);
  }
  if (count === 0) refuse('every weight is 0; give at least one row a weight above 0');
  if (loss === 'poisson' && most === 0) refuse('every target is 0; a logarithm of the mean needs at least one above 0');
  return used.subarray(0, count);
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for columns of another length or with values that are neither missing nor finite */
export function checkColumns(names: readonly string[], columns: readonly Float64Array[], rows: number): void {
  for (const [at, column] of columns.entries()) {
    const name = names[at] ?? '';
    if (column.length !== rows) refuse(`column '${name}' has ${column.length} rows where ${rows} are expected`);
    for (let row = 0; row < rows; row++) {
      if (!(Math.abs(column[row] ?? 0) > largest)) continue;
      refuse(`column '${name}' has ${column[row]} in row ${row}; give numbers from -1e150 to 1e150, or NaN for missing`);
    }
  }
}

function whole(name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    refuse(`${name} is ${value}; give a whole number from ${least} to ${most}`);
  }
}

function refuse(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
