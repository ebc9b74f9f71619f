/** Transitions as the pictures take them: the cohorts with the most customers, the others put together. */
export interface TransitionData {
  readonly title: string;
  readonly window: string;
  readonly from: string;
  readonly to: string;
  /** Cohorts of either day; one without a key is no cohort. */
  readonly cohorts: readonly { readonly cohort: string; readonly name: string }[];
  /** Customers by cohort before (row) and after (column). */
  readonly counts: readonly (readonly number[])[];
}

export interface TransitionNode {
  readonly name: string;
  /** Position for the colour; −1 for those put together and for no cohort. */
  readonly position: number;
  readonly isNone: boolean;
}

export interface FoldedTransitions {
  readonly nodes: readonly TransitionNode[];
  readonly counts: readonly (readonly number[])[];
}

/** @param most cohorts that stay by themselves, the others and none not counted */
export function foldTransitions({ cohorts, counts }: TransitionData, most: number): FoldedTransitions {
  const weight = (at: number): number =>
    (counts[at] ?? []).reduce((sum, count) => sum + count, 0) + counts.reduce((sum, row) => sum + (row[at] ?? 0), 0);
  const real = cohorts.flatMap(({ cohort }, at) => (cohort === '' ? [] : [at]));
  const kept = real
    .toSorted((a, b) => weight(b) - weight(a) || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
  const others = real.filter((at) => !kept.includes(at));
  const none = cohorts.flatMap(({ cohort }, at) => (cohort === '' && weight(at) > 0 ? [at] : []));
  const groups = [...kept.map((at) => [at]), ...(others.length === 0 ? [] : [others]), ...(none.length === 0 ? [] : [none])];
  const nodes = groups.map((group, position): TransitionNode => {
    const isNone = group === none || (none.length > 0 && group[0] === none[0]);
    if (isNone) return { name: 'no cohort', position: -1, isNone };
    if (group === others) return { name: `${others.length} other cohorts`, position: -1, isNone };
    return { name: cohorts[group[0] ?? 0]?.name ?? '', position, isNone };
  });
  const between = (from: readonly number[], to: readonly number[]): number =>
    from.reduce((sum, row) => sum + to.reduce((inner, column) => inner + (counts[row]?.[column] ?? 0), 0), 0);
  return { nodes, counts: groups.map((from) => groups.map((to) => between(from, to))) };
}

export function spanText({ title, window, from, to }: TransitionData): string {
  return `${title} (${window}), ${from} to ${to}`;
}
