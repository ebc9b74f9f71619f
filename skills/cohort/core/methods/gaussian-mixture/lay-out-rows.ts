/** Features on the scale of a fit, row by row, as the inner loops want them. */
import { inverseScale, type Scale } from '../quality/standardise.ts';

export type Scaling = 'standard' | 'none';

/** What maps a value to the scale of a fit: (value − centre) × factor. */
export interface RowScale {
  readonly centre: ArrayLike<number>;
  readonly factor: ArrayLike<number>;
}

/** A constant feature is 0 under standard scaling; without scaling features are centred only, which keeps digits. */
export function rowScale(scale: Scale, scaling: Scaling): RowScale {
  return { centre: scale.mean, factor: scaling === 'none' ? scale.sd.map(() => 1) : inverseScale(scale) };
}

/**
 * @param order rows to lay out, from `from` to `to` of it; without it rows in their own order
 * @param into room for (to − from) × features, row-major
 */
export function layOutRows(
  columns: readonly Float64Array[],
  { centre, factor }: RowScale,
  order: Uint32Array | undefined,
  from: number,
  to: number,
  into: Float64Array,
): void {
  const width = columns.length;
  for (const [feature, column] of columns.entries()) {
    const middle = centre[feature] ?? 0;
    const times = factor[feature] ?? 0;
    for (let index = from, at = feature; index < to; index++, at += width) {
      into[at] = ((column[order ? (order[index] ?? 0) : index] ?? 0) - middle) * times;
    }
  }
}
