/** Fits trees one after another, each to what the others leave. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { binColumn } from './bins.ts';
import { checksumOf } from './checksum.ts';
import { type GrownTree, growTree } from './grow-tree.ts';
import { type KernelLayout, layOut, mostBytes } from './kernel-layout.ts';
import { fastestKernel, type Kernel } from './kernel.ts';
import type { BoostingConfig, BoostingModel, BoostingRows, BoostingTree } from './model.ts';
import { makeObjective } from './objective.ts';
import { checkRows, settingsOf } from './settings.ts';
import { type Judge, makeJudge, partRows } from './validation-share.ts';

/** Threshold above every value: only missing ones go right. */
const aboveAll = 1e150;

/**
 * Fits gradient-boosted trees: second-order steps, leaf by leaf, on histograms of quantile bins. Missing values go to the side where
 * they help most, in leaves where the fit saw none to the side with more rows. The order of rows changes no bit of the model; that
 * of columns only which of two equally good splits is taken.
 * @throws {CohortiumError} NUMERIC_DOMAIN naming what is not acceptable in the configuration or the rows
 * @see Friedman (2001), "Greedy function approximation: A gradient boosting machine"; Ke et al. (2017), "LightGBM"
 */
export function fitBoosting(config: BoostingConfig, data: BoostingRows): BoostingModel {
  return fitOn(fastestKernel, config, data);
}

/** The same on a kernel of choice. */
export function fitOn(makeKernel: (layout: KernelLayout) => Kernel, config: BoostingConfig, data: BoostingRows): BoostingModel {
  const { loss } = config;
  const settings = settingsOf(config, data.names);
  const { columns, names } = data;
  const parts = partRows(data, checkRows(loss, data), settings);
  const target = take(data.target, parts.fitted);
  const weight = data.weight ? take(data.weight, parts.fitted) : new Float64Array(target.length).fill(1);

  const binned = columns.map((column) => binColumn(column, parts.fitted, settings.bins));
  const edges = binned.map((column) => column.edges);
  const layout = layOut(
    target.length,
    edges.map((own) => own.length + 2),
    settings.leaves,
  );
  if (layout.bytes > mostBytes) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `${target.length} rows of ${columns.length} columns with ${settings.leaves} leaves need ${layout.bytes} bytes; at most ${mostBytes} can be addressed: give fewer rows or columns`,
    );
  }
  const kernel = makeKernel(layout);
  fillCodes(
    kernel,
    binned.map((column) => column.codes),
  );
  const order = new Int32Array(kernel.buffer, layout.orderAt, target.length);
  const firstToLast = Int32Array.from(order.keys());

  const objective = makeObjective(loss, target, weight, kernel);
  const lossAtStart = objective.loss();
  const judge = makeJudge(loss, data, parts.validation, edges, objective.start);
  const coverOf = makeCover(order, data.weight ? weight : undefined);
  const directions = Int8Array.from(names, (name) => settings.monotone[name] ?? 0);
  const trees: BoostingTree[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    const rules = {
      minLeaf: settings.minLeaf,
      ridge: objective.ridge(settings.l2),
      directions,
      isMonotone: directions.some((direction) => direction !== 0),
    };
    // Rows from first to last again: memory is read in one direction.
    order.set(firstToLast);
    const grown = growTree(kernel, settings.leaves, rules, objective.sums());
    if (grown.left.length === 1) break; // no split gains anything, nor will it in a later round
    const values = grown.step.map((step, node) =>
      (grown.left[node] ?? 0) >= 0 ? 0 : settings.learningRate * objective.leafValue(grown.from[node] ?? 0, grown.to[node] ?? 0, step) + 0,
    );
    trees.push(storedTree(grown, values, edges, coverOf(grown)));
    objective.move(leavesOf(grown, values));
    if (judge && !goesOn(judge, grown, values, settings.earlyStopping?.patience ?? 0)) break;
  }
  const kept = judge ? trees.slice(0, judge.best()) : trees;
  const model = {
    kind: 'boosting',
    version: 1,
    loss: typeof loss === 'string' ? loss : { quantile: loss.quantile },
    names: [...names],
    start: objective.start + 0,
    trees: kept,
    settings,
    fitted: {
      rows: target.length,
      validationRows: parts.validation.length,
      lossAtStart,
      lossAtEnd: objective.loss(),
      validationLoss: judge ? judge.losses() : [],
    },
  } as const;
  return { ...model, checksum: checksumOf(model) };
}

function fillCodes({ layout, buffer }: Kernel, codes: readonly Uint8Array[]): void {
  const { rows, width, codesAt, columnsAt } = layout;
  const byRow = new Uint8Array(buffer, codesAt, rows * width);
  for (const [at, own] of codes.entries()) {
    new Uint8Array(buffer, columnsAt + at * rows, rows).set(own);
    for (let row = 0; row < rows; row++) byRow[row * width + at] = own[row] ?? 0;
  }
}

/** Whether another round may still be better. */
function goesOn(judge: Judge, grown: GrownTree, values: Float64Array, patience: number): boolean {
  judge.add(grown, values);
  return judge.losses().length - 1 - judge.best() < patience;
}

function leavesOf({ left, from, to }: GrownTree, values: Float64Array): { from: number; to: number; value: number }[] {
  const leaves = [];
  for (let node = 0; node < left.length; node++) {
    if ((left[node] ?? 0) < 0) leaves.push({ from: from[node] ?? 0, to: to[node] ?? 0, value: values[node] ?? 0 });
  }
  return leaves;
}

function storedTree(grown: GrownTree, values: Float64Array, edges: readonly Float64Array[], cover: Float64Array): BoostingTree {
  const { column, bin, missingLeft, left } = grown;
  return {
    feature: Array.from(column),
    threshold: Array.from(column, (at, node) => (at < 0 ? 0 : (edges[at]?.[bin[node] ?? 0] ?? aboveAll))),
    missingLeft: Array.from(missingLeft),
    left: Array.from(left),
    value: Array.from(values),
    cover: Array.from(cover),
  };
}

/** Weight of the rows of each node: their number without weights, else a sum of whole steps, whatever their order. */
function makeCover(order: Int32Array, weight: Float64Array | undefined): (grown: GrownTree) => Float64Array {
  if (!weight) return ({ from, to }) => Float64Array.from(from, (start, node) => (to[node] ?? 0) - start);
  let heaviest = 0;
  for (let row = 0; row < weight.length; row++) heaviest = Math.max(heaviest, weight[row] ?? 0);
  const unit = heaviest / 536_870_912; // sums of 2²⁴ rows stay below 2⁵³
  const steps = Float64Array.from(weight, (share) => Math.max(1, Math.round(share / unit)));
  return ({ from, to, left }) => {
    const cover = new Float64Array(from.length);
    for (let node = from.length - 1; node >= 0; node--) {
      const child = left[node] ?? -1;
      if (child >= 0) cover[node] = (cover[child] ?? 0) + (cover[child + 1] ?? 0);
      else for (let at = from[node] ?? 0; at < (to[node] ?? 0); at++) cover[node] = (cover[node] ?? 0) + (steps[order[at] ?? 0] ?? 0);
    }
    return cover.map((total) => total * unit);
  };
}

function take(values: Float64Array, rows: Uint32Array): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let index = 0; index < rows.length; index++) taken[index] = values[rows[index] ?? 0] ?? 0;
  return taken;
}
