/**
 * Cells scaled to given margins in two, three or more dimensions by iterative proportional fitting. Cells stay non-negative, a
 * cell that is zero stays zero, and ratios within the seed change by factors of the margins only. Conflicting margins are
 * refused with the place and the amounts, never met half-way.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { checkVariances } from './check-values.ts';

/** One margin: the sum of the cells with code g must become totals[g]. */
export interface Margin {
  readonly name: string;
  /** Code of each cell. */
  readonly codes: ArrayLike<number>;
  readonly totals: ArrayLike<number>;
}

export interface ProportionalFit {
  readonly cells: Float64Array;
  readonly rounds: number;
  /** Largest difference from a margin total, over the grand total. */
  readonly gap: number;
}

export interface FittingOptions {
  /** Largest accepted difference from a margin, over the grand total. Default 1e-12. */
  readonly tolerance?: number;
  /** Default 2,000. */
  readonly maxRounds?: number;
}

/** Grand totals may differ by this much of themselves; the first margin's is then used. */
const sumTolerance = 1e-9;

/**
 * @param seed cells ≥ 0; only their ratios matter
 * @param margins one per dimension, or of pairs of dimensions; totals ≥ 0 with one grand total
 * @throws {CohortiumError} NUMERIC_DOMAIN when seed or totals are negative or not finite, when grand totals differ, when a total
 *   above zero has only zero cells, and when structural zeros leave no cells that meet all margins
 * @see Deming & Stephan (1940), "On a least squares adjustment of a sampled frequency table when the expected marginal totals
 *   are known"
 */
export function proportionalFitting(seed: ArrayLike<number>, margins: readonly Margin[], options: FittingOptions = {}): ProportionalFit {
  const { tolerance = 1e-12, maxRounds = 2000 } = options;
  checkVariances('seed cell', seed, seed.length);
  const targets = checkMargins(seed, margins);
  const grand = sum(targets[0] ?? []);
  const cells = Float64Array.from(seed);
  if (margins.length === 0) return { cells, rounds: 0, gap: 0 };
  if (grand === 0) return { cells: cells.fill(0), rounds: 0, gap: 0 };
  let gap = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= maxRounds; round++) {
    margins.forEach((margin, index) => scaleTo(cells, margin, targets[index] ?? new Float64Array()));
    gap = worstGap(cells, margins, targets).gap / grand;
    if (gap <= tolerance) return { cells, rounds: round, gap };
  }
  const { name, code, found, wanted } = worstGap(cells, margins, targets);
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `the margins conflict: after ${maxRounds} rounds ${name} ${code} has ${found} of ${wanted}. The cells that are zero in the seed ` +
      'leave no way, or one with further cells at zero, to meet all margins; give such cells a small positive seed, or change the margins',
    { detail: { margin: name, code, found, wanted } },
  );
}

/** Fits every column of draws to the margins of the same draw. @throws {CohortiumError} NUMERIC_DOMAIN as {@link proportionalFitting} */
export function proportionalFittingDraws(
  draws: readonly { readonly seed: ArrayLike<number>; readonly margins: readonly Margin[] }[],
  options: FittingOptions = {},
): ProportionalFit[] {
  return draws.map(({ seed, margins }) => proportionalFitting(seed, margins, options));
}

function checkMargins(seed: ArrayLike<number>, margins: readonly Margin[]): Float64Array[] {
  const grands: number[] = [];
  for (const { name, codes, totals } of margins) {
    checkVariances(`total of margin '${name}'`, totals, totals.length);
    if (codes.length !== seed.length) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `margin '${name}' needs a code for each of the ${seed.length} cells; found ${codes.length}`,
      );
    }
    const mass = new Float64Array(totals.length);
    for (let cell = 0; cell < codes.length; cell++) {
      const code = codes[cell] ?? Number.NaN;
      if (!Number.isInteger(code) || code < 0 || code >= totals.length) {
        throw new CohortiumError('NUMERIC_DOMAIN', `margin '${name}' has totals 0 to ${totals.length - 1}; cell ${cell} has code ${code}`);
      }
      mass[code] = (mass[code] ?? 0) + (seed[cell] ?? 0);
    }
    const bare = mass.findIndex((value, code) => value === 0 && (totals[code] ?? 0) > 0);
    if (bare >= 0) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `margin '${name}' wants ${totals[bare]} for code ${bare}, whose cells are all zero in the seed; give one of them a positive seed`,
      );
    }
    grands.push(sum(totals));
  }
  const [first = 0] = grands;
  const other = grands.findIndex((grand) => Math.abs(grand - first) > sumTolerance * Math.max(first, grand));
  if (other >= 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `margins must have one grand total: '${margins[0]?.name}' sums to ${first}, '${margins[other]?.name}' to ${grands[other]}`,
    );
  }
  // Rounding differences of grand totals would keep the rounds from settling.
  return margins.map(({ totals }, index) =>
    Float64Array.from(totals, (total) => total * ((grands[index] ?? 0) > 0 ? first / (grands[index] ?? 1) : 1)),
  );
}

function scaleTo(cells: Float64Array, { codes }: Margin, totals: Float64Array): void {
  const sums = sumsBy(cells, codes, totals.length);
  for (let cell = 0; cell < cells.length; cell++) {
    const code = codes[cell] ?? 0;
    const found = sums[code] ?? 0;
    if (found > 0) cells[cell] = (cells[cell] ?? 0) * ((totals[code] ?? 0) / found);
  }
}

function sumsBy(cells: Float64Array, codes: ArrayLike<number>, size: number): Float64Array {
  const sums = new Float64Array(size);
  for (let cell = 0; cell < cells.length; cell++) {
    const code = codes[cell] ?? 0;
    sums[code] = (sums[code] ?? 0) + (cells[cell] ?? 0);
  }
  return sums;
}

interface Gap {
  readonly gap: number;
  readonly name: string;
  readonly code: number;
  readonly found: number;
  readonly wanted: number;
}

function worstGap(cells: Float64Array, margins: readonly Margin[], targets: readonly Float64Array[]): Gap {
  let worst: Gap = { gap: 0, name: '', code: 0, found: 0, wanted: 0 };
  margins.forEach(({ name, codes }, index) => {
    const totals = targets[index] ?? new Float64Array();
    sumsBy(cells, codes, totals.length).forEach((found, code) => {
      const wanted = totals[code] ?? 0;
      const gap = Math.abs(found - wanted);
      if (gap > worst.gap) worst = { gap, name, code, found, wanted };
    });
  });
  return worst;
}
