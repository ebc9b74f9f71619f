/**
 * The search for a less discriminatory alternative: other cuts, scores without what one feature says, and blends. An alternative is
 * worth naming when its impact ratio is nearer to 1 and it loses no more than was agreed. No candidate looks at the group of anybody:
 * a cut per group would be disparate treatment, and is not among them.
 */
import { makeRng, quantileSorted, sumOf } from '../../../sdk/numeric/index.ts';
import { selectTop } from './quantile-impact.ts';
import type { Surrogate } from './surrogate.ts';
import { type WeightedImpact, weightedImpact } from './weighted-impact.ts';

export interface Candidate {
  /** `top 15 %`, `without homeLocation`, `blend 50 % without homeLocation` */
  readonly name: string;
  readonly kind: 'cut' | 'without' | 'blend';
  readonly selected: Uint8Array;
}

export interface Alternative {
  readonly name: string;
  readonly kind: Candidate['kind'];
  readonly share: number;
  readonly impact: WeightedImpact;
  /** Ratio minus that of today, with its interval by bootstrap; null where a ratio is not defined. */
  readonly gain: { readonly value: number; readonly low: number; readonly high: number } | null;
  /**
   * Value that the selected bring, over what those selected today bring, with its interval by bootstrap: in all where the cut moves, per
   * selected customer where as many are selected as today.
   */
  readonly relativeValue: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Nearer to 1, and the lower end of the value kept is no further below 1 than was agreed. */
  readonly isLessDiscriminatory: boolean;
}

export interface AlternativesQuestion {
  readonly today: Uint8Array;
  /** What the selection is for: what came of each customer, or the prediction where nothing has come of it yet. */
  readonly worth: Float64Array;
  readonly own: Float64Array;
  readonly other: Float64Array;
  readonly candidates: readonly Candidate[];
  readonly level: number;
  /** Part of the value that may be lost, such as 0.05. */
  readonly tolerance: number;
  readonly draws: number;
  readonly seed: string;
}

/**
 * Candidates from a score and what its features say of it.
 * @param topPercent today's cut, in (0, 100)
 */
export function candidatesOf(score: Float64Array, surrogate: Surrogate, topPercent: number): readonly Candidate[] {
  const cuts = [0.5, 0.75, 1.25, 1.5, 2]
    .map((factor) => Math.round(topPercent * factor * 10) / 10)
    .filter((percent) => percent > 0 && percent < 100)
    .map((percent): Candidate => ({ name: `top ${percent} %`, kind: 'cut', selected: selectTop(score, percent) }));
  const moved = [...surrogate.without].flatMap(([feature, without]): Candidate[] =>
    [1, 0.5].map((part) => ({
      name: part === 1 ? `without ${feature}` : `blend ${part * 100} % without ${feature}`,
      kind: part === 1 ? 'without' : 'blend',
      selected: selectTop(
        surrogate.ranks.map((rank, row) => rank - part * ((surrogate.fitted[row] ?? 0) - (without[row] ?? 0))),
        topPercent,
      ),
    })),
  );
  return [...cuts, ...moved];
}

/** All candidates, those worth naming first, the ratio nearest to 1 first among them; ties in the order of the candidates. */
export function searchAlternatives(question: AlternativesQuestion): readonly Alternative[] {
  const { today, worth, own, other, candidates, level, tolerance } = question;
  const now = weightedImpact(today, own, other, level);
  const everybody = Int32Array.from(today.keys());
  const drawn = bootstrapRows(question);
  const found = candidates.map((candidate): Alternative => {
    const { selected, name, kind } = candidate;
    const impact = weightedImpact(selected, own, other, level);
    const replicas = drawn.map((rows) => ({
      gain: difference(ratioOf(rows, selected, own, other), ratioOf(rows, today, own, other)),
      relativeValue: quotient(broughtBy(rows, candidate, worth), broughtBy(rows, { kind, selected: today }, worth)),
    }));
    const gain = between(
      difference(impact.ratio, now.ratio),
      replicas.map((one) => one.gain),
      level,
    );
    const relativeValue = between(
      quotient(broughtBy(everybody, candidate, worth), broughtBy(everybody, { kind, selected: today }, worth)),
      replicas.map((one) => one.relativeValue),
      level,
    );
    const isNearer = impact.ratio !== null && (now.ratio === null || Math.abs(1 - impact.ratio) < Math.abs(1 - now.ratio));
    return {
      name,
      kind,
      share: sumOf(selected.length, (row) => selected[row] ?? 0) / Math.max(1, selected.length),
      impact,
      gain,
      relativeValue,
      isLessDiscriminatory: isNearer && relativeValue !== null && relativeValue.low >= 1 - tolerance,
    };
  });
  const away = ({ impact }: Alternative): number => (impact.ratio === null ? Number.POSITIVE_INFINITY : Math.abs(1 - impact.ratio));
  return found
    .map((alternative, at) => ({ alternative, at }))
    .sort((a, b) => {
      const named = Number(b.alternative.isLessDiscriminatory) - Number(a.alternative.isLessDiscriminatory);
      if (named !== 0) return named;
      const [one, two] = [away(a.alternative), away(b.alternative)];
      return one === two ? a.at - b.at : one - two;
    })
    .map(({ alternative }) => alternative);
}

/** The same draws for every candidate, so that what is compared is compared on the same customers. */
function bootstrapRows({ today, draws, seed }: AlternativesQuestion): readonly Int32Array[] {
  const rng = makeRng(seed).split('alternatives');
  const rows = today.length;
  return Array.from({ length: rows > 0 ? draws : 0 }, () => Int32Array.from({ length: rows }, () => rng.integer(rows)));
}

function ratioOf(rows: Int32Array, selected: Uint8Array, own: Float64Array, other: Float64Array): number | null {
  let [chosen, total, against, all] = [0, 0, 0, 0];
  for (const row of rows) {
    const [a, b] = [own[row] ?? 0, other[row] ?? 0];
    total += a;
    all += b;
    if (selected[row] === 0) continue;
    chosen += a;
    against += b;
  }
  return total > 0 && against > 0 ? chosen / total / (against / all) : null;
}

function broughtBy(rows: Int32Array, { kind, selected }: Pick<Candidate, 'kind' | 'selected'>, worth: Float64Array): number {
  let [total, count] = [0, 0];
  for (const row of rows) {
    if (selected[row] === 0) continue;
    total += worth[row] ?? 0;
    count += 1;
  }
  return kind === 'cut' || count === 0 ? total : total / count;
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function quotient(a: number, b: number): number | null {
  return b > 0 ? a / b : null;
}

function between(value: number | null, replicas: readonly (number | null)[], level: number): Alternative['gain'] {
  const sorted = Float64Array.from(replicas.filter((one) => one !== null)).sort();
  if (value === null || sorted.length === 0) return null;
  return { value, low: quantileSorted(sorted, (1 - level) / 2), high: quantileSorted(sorted, (1 + level) / 2) };
}
