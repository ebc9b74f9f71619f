/** Takes a stored model for what it is, or refuses it: nothing that was not written by a fit is predicted with. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { checksumOf } from './checksum.ts';
import type { BoostingModel } from './model.ts';

/** Sums of covers are rounded when they are stored. */
const coverTolerance = 1e-9;
const treeColumns = ['feature', 'threshold', 'missingLeft', 'left', 'value', 'cover'] as const;
type TreeColumns = Readonly<Record<(typeof treeColumns)[number], readonly number[]>>;

/**
 * @param value a model as it comes from JSON
 * @throws {CohortiumError} BOOSTING_MODEL_INVALID for another kind or version, anything missing, of another type or out of range,
 *   nodes that are no tree, and a checksum that is not that of the content
 */
export function readBoosting(value: unknown): BoostingModel {
  const model = record(value, 'the model');
  if (model['kind'] !== 'boosting') refuse(`kind is ${show(model['kind'])} instead of "boosting"`);
  if (model['version'] !== 1) refuse(`version is ${show(model['version'])}; this program reads version 1`);
  checkLoss(model['loss']);
  const names = list(model['names'], 'names');
  if (names.length === 0) refuse('names is empty');
  for (const [at, name] of names.entries()) {
    if (typeof name !== 'string' || names.indexOf(name) !== at) refuse(`names[${at}] is ${show(name)}; names are texts, all different`);
  }
  finite(model['start'], 'start');
  record(model['settings'], 'settings');
  record(model['fitted'], 'fitted');
  for (const [at, tree] of list(model['trees'], 'trees').entries()) checkTree(tree, `trees[${at}]`, names.length);
  const read = value as BoostingModel; // everything that predictions rest on is checked; the rest is under the checksum
  const checksum = checksumOf(read);
  if (read.checksum !== checksum) {
    refuse(`its checksum is ${show(read.checksum)}, the content has "${checksum}"; it was edited or damaged after it was fitted`);
  }
  return read;
}

function checkLoss(loss: unknown): void {
  if (loss === 'poisson' || loss === 'squared') return;
  const quantile = typeof loss === 'object' && loss !== null && 'quantile' in loss ? loss.quantile : undefined;
  if (!(typeof quantile === 'number' && quantile > 0 && quantile < 1)) refuse(`loss is ${show(loss)}`);
}

function checkTree(value: unknown, where: string, width: number): void {
  const tree = record(value, where);
  for (const name of treeColumns) {
    for (const [node, item] of list(tree[name], `${where}.${name}`).entries()) finite(item, `${where}.${name}[${node}]`);
  }
  const { feature, threshold, missingLeft, left, value: values, cover } = tree as TreeColumns; // lists of numbers, as checked
  const nodes = feature.length;
  for (const name of treeColumns) {
    const { length } = (tree as TreeColumns)[name];
    if (length !== nodes) refuse(`${where}.${name} has ${length} nodes, ${where}.feature has ${nodes}`);
  }
  if (nodes === 0) refuse(`${where} has no node`);
  const parents = new Uint8Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const at = `${where}, node ${node}`;
    const child = left[node] ?? 0;
    if (!((cover[node] ?? 0) > 0)) refuse(`${at}: cover is ${cover[node]} instead of a number above 0`);
    if (child === -1) {
      if (feature[node] !== -1 || threshold[node] !== 0 || missingLeft[node] !== 0) refuse(`${at}: a leaf asks for a column`);
      continue;
    }
    if (!(Number.isInteger(child) && child > node && child + 1 < nodes)) {
      refuse(`${at}: left is ${child}; children come after their parent, among ${nodes} nodes`);
    }
    for (const own of [child, child + 1]) {
      if (parents[own] === 1) refuse(`${at}: node ${own} has two parents`);
      parents[own] = 1;
    }
    const column = feature[node] ?? -1;
    if (!(Number.isInteger(column) && column >= 0 && column < width)) refuse(`${at}: feature is ${column}; there are ${width} columns`);
    if (missingLeft[node] !== 0 && missingLeft[node] !== 1) refuse(`${at}: missingLeft is ${missingLeft[node]} instead of 0 or 1`);
    if (values[node] !== 0) refuse(`${at}: value is ${values[node]}; only leaves have one`);
  }
  const orphan = parents.indexOf(0, 1);
  if (orphan > 0) refuse(`${where}: node ${orphan} has no parent`);
  for (const [node, child] of left.entries()) {
    if (child < 0) continue;
    const [whole, sum] = [cover[node] ?? 0, (cover[child] ?? 0) + (cover[child + 1] ?? 0)];
    if (Math.abs(whole - sum) > coverTolerance * whole) {
      refuse(`${where}, node ${node}: cover is ${whole}, that of its children ${sum}`);
    }
  }
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${where} is ${show(value)} instead of an object`);
  return value as Readonly<Record<string, unknown>>; // as just checked
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(`${where} is ${show(value)} instead of a list`);
  return value as readonly unknown[]; // as just checked
}

function finite(value: unknown, where: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(`${where} is ${show(value)} instead of a finite number`);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 40);
}

function refuse(what: string): never {
  throw new CohortiumError('BOOSTING_MODEL_INVALID', `the boosting model cannot be used: ${what}`);
}
