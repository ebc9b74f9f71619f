/** Keeps the three strongest of each customer's reasons, in flat columns: a million customers have three million of them. */

export const reasonsKept = 3;

export interface Reasons {
  /** Row-major, three per customer: position of the feature, −1 for none; strongest first. */
  readonly feature: Int32Array;
  /** Signed; positive spoke for the cohort. */
  readonly contribution: Float64Array;
}

export interface ReasonKeeper extends Reasons {
  /** Offers a reason; of equally strong ones the one that was offered first is kept. Nothing (0) is no reason. */
  readonly offer: (row: number, feature: number, contribution: number) => void;
}

export function keepReasons(rows: number): ReasonKeeper {
  const feature = new Int32Array(rows * reasonsKept).fill(-1);
  const contribution = new Float64Array(rows * reasonsKept);
  return {
    feature,
    contribution,
    offer(row, offered, value) {
      const first = row * reasonsKept;
      const size = Math.abs(value);
      if (!(size > 0)) return;
      let place = reasonsKept;
      while (place > 0 && size > Math.abs(contribution[first + place - 1] ?? 0)) place -= 1;
      if (place === reasonsKept) return;
      feature.copyWithin(first + place + 1, first + place, first + reasonsKept - 1);
      contribution.copyWithin(first + place + 1, first + place, first + reasonsKept - 1);
      feature[first + place] = offered;
      contribution[first + place] = value;
    },
  };
}
