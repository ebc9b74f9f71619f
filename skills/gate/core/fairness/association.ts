/** How strongly a category goes with a group: Cramér's V without the bias that many categories give it, and mutual information. */
import { log, sumOf } from '../../../sdk/numeric/index.ts';

export interface Association {
  /** Bias-corrected, in [0, 1]. */
  readonly cramersV: number;
  /** Nats; 0 for independence. */
  readonly mutualInformation: number;
  /** Share of the uncertainty about the group that the category takes away, in [0, 1]. */
  readonly uncertainty: number;
}

/**
 * @param codes category of each, integer from 0
 * @param categories how many there are
 * @param probability of the group, in [0, 1] each
 * @returns null where there is nobody, or everybody or nobody is of the group
 * @see Bergsma (2013), "A bias-correction for Cramér's V and Tschuprow's T"; Theil (1970) for the uncertainty coefficient
 */
export function association(codes: Int32Array, categories: number, probability: Float64Array): Association | null {
  const [inside, outside] = [new Float64Array(categories), new Float64Array(categories)];
  codes.forEach((code, row) => {
    inside[code] = (inside[code] ?? 0) + (probability[row] ?? 0);
    outside[code] = (outside[code] ?? 0) + 1 - (probability[row] ?? 0);
  });
  const count = codes.length;
  const [own, other] = [inside, outside].map((cells) => sumOf(categories, (at) => cells[at] ?? 0));
  if (own === undefined || other === undefined || !(own > 0 && other > 0)) return null;
  const used = Array.from({ length: categories }, (_, at) => at).filter((at) => (inside[at] ?? 0) + (outside[at] ?? 0) > 0);
  let information = 0;
  let squares = 0;
  for (const at of used) {
    const total = (inside[at] ?? 0) + (outside[at] ?? 0);
    for (const [cell, margin] of [[inside[at] ?? 0, own] as const, [outside[at] ?? 0, other] as const]) {
      const expected = (total * margin) / count;
      squares += ((cell - expected) * (cell - expected)) / expected;
      if (cell > 0) information += (cell / count) * log(cell / expected);
    }
  }
  const entropy = -(own / count) * log(own / count) - (other / count) * log(other / count);
  const mutual = Math.max(0, information);
  return {
    cramersV: correctedV(squares / count, used.length, count),
    mutualInformation: mutual,
    uncertainty: Math.min(1, mutual / entropy),
  };
}

/** @param phi χ²/n of a table with two columns */
function correctedV(phi: number, rows: number, count: number): number {
  if (count < 2 || rows < 2) return 0;
  const excess = Math.max(0, phi - (rows - 1) / (count - 1));
  const shrunken = Math.min(rows - ((rows - 1) * (rows - 1)) / (count - 1), 2 - 1 / (count - 1));
  return shrunken > 1 ? Math.min(1, Math.sqrt(excess / (shrunken - 1))) : 0;
}
