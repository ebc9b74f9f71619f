/**
 * Keys of cohorts, which stay between runs: of a rule by its name, otherwise that of the cohort of before with which most customers are
 * shared. A key that ended is never given again.
 */
import { compareText } from '../../sdk/index.ts';
import { matchLabels } from '../core/methods/index.ts';

/** Cohorts of the run before, by customer. */
export interface EarlierCohorts {
  /** In the order of that run. */
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly keysUsed: number;
  /** Customers with a cohort, and its position. */
  readonly customers: readonly string[];
  readonly cohort: Int32Array;
}

export interface Keys {
  readonly keys: readonly string[];
  readonly keysUsed: number;
}

/** Keys of cohorts that are known by their names. */
export function keysByName(names: readonly string[], earlier: EarlierCohorts | null): Keys {
  const taken = new Set<string>();
  const keys = names.map((name) => {
    const slug =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/gu, '-')
        .replace(/^-|-$/gu, '') || 'cohort';
    let key = slug;
    for (let at = 2; taken.has(key); at++) key = `${slug}-${at}`;
    taken.add(key);
    return key;
  });
  return { keys, keysUsed: earlier?.keysUsed ?? 0 };
}

/**
 * Keys of cohorts that are known by who is in them.
 * @param ids ascending, one per label
 */
export function keysByOverlap(ids: readonly string[], label: Int32Array, cohorts: number, earlier: EarlierCohorts | null): Keys {
  let keysUsed = earlier?.keysUsed ?? 0;
  const mint = (): string => {
    keysUsed += 1;
    return `c${keysUsed}`;
  };
  if (!earlier) return { keys: Array.from({ length: cohorts }, mint), keysUsed };
  const before = labelsOf(ids, earlier);
  const { cohorts: matched } = matchLabels(before, label);
  // Cohorts without members are not in the match.
  const keys = Array.from({ length: cohorts }, (_, cohort) => {
    const previous = matched[cohort]?.previous ?? -1;
    return earlier.keys[previous] ?? mint();
  });
  return { keys, keysUsed };
}

/** Cohort of before of each customer, −1 for none or unknown. */
function labelsOf(ids: readonly string[], { customers, cohort }: EarlierCohorts): Int32Array {
  const order = Uint32Array.from(customers.keys());
  const isSorted = customers.every((id, at) => at === 0 || compareText(customers[at - 1] ?? '', id) < 0);
  if (!isSorted) order.sort((a, b) => compareText(customers[a] ?? '', customers[b] ?? ''));
  const label = new Int32Array(ids.length).fill(-1);
  let at = 0;
  for (const [row, id] of ids.entries()) {
    while (at < order.length && compareText(customers[order[at] ?? 0] ?? '', id) < 0) at += 1;
    const place = order[at];
    if (place !== undefined && customers[place] === id) label[row] = cohort[place] ?? -1;
  }
  return label;
}
