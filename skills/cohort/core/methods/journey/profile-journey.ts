/** A journey cohort in words: its typical paths, where it stops, and the steps that tell it from the whole. */
import { log } from '../../../../sdk/numeric/index.ts';
import type { EventSequences } from '../event-columns.ts';
import { directlyFollows } from './directly-follows.ts';
import { normaliseRows } from './distinct-sequences.ts';
import type { JourneyProfile } from './model.ts';
import { typicalPaths } from './typical-paths.ts';

const pathsShown = 3;
const dropOffsShown = 3;
const stepsShown = 5;

/**
 * @param chain probabilities of the steps in this cohort
 * @param overall counts of the steps among all customers
 * @param customers with events
 */
export function profileJourney(
  data: EventSequences,
  label: Int32Array,
  cohort: number,
  chain: Float64Array,
  overall: Float64Array,
  customers: number,
): JourneyProfile {
  const { names } = data;
  const kinds = names.length;
  const all = normaliseRows(overall.slice(), kinds);
  const follows = directlyFollows(data, (row) => label[row] === cohort);
  const size = follows.starts.reduce((total, count) => total + count, 0);
  const cell = (from: number, to: number): number => kinds + from * (kinds + 1) + to;
  const name = (kind: number): string => names[kind] ?? '';

  const dropOff = follows.ends
    .map((count, kind) => ({ count, kind }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.kind - b.kind)
    .slice(0, dropOffsShown)
    .map(({ count, kind }) => ({ event: name(kind), share: count / size, probability: chain[cell(kind, kinds)] ?? 0 }));

  // How much each step adds to the evidence for this cohort against the whole: its count times the log-ratio.
  const steps = follows.follows
    .map((count, index) => {
      const from = Math.floor(index / kinds);
      const to = index % kinds;
      const probability = chain[cell(from, to)] ?? 0;
      const share = all[cell(from, to)] ?? 0;
      return { from, to, probability, overall: share, evidence: count > 0 && probability > 0 ? count * log(probability / share) : 0 };
    })
    .filter(({ evidence }) => evidence > 0)
    .sort((a, b) => b.evidence - a.evidence || a.from - b.from || a.to - b.to)
    .slice(0, stepsShown)
    .map(({ from, to, probability, overall: share }) => ({ from: name(from), to: name(to), probability, overall: share }));

  return { size, share: size / customers, paths: typicalPaths(names, chain, pathsShown), dropOff, steps, follows };
}
