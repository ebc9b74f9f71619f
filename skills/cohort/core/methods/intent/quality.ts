/** How good probabilities are, on rows with known outcomes. Equal probabilities share what falls on them, whatever their order. */
import type { IntentQuality, ReliabilityBin } from './model.ts';

const reliabilityBins = 15;
const tenths = 10;

/**
 * @param score what customers are ranked by
 * @param probability one per row
 * @param outcome 0 or 1, both of them present
 */
export function measureQuality(score: Float64Array, probability: Float64Array, outcome: Uint8Array): IntentQuality {
  const rows = probability.length;
  const ranked = sortedTies(score, outcome);
  let events = 0;
  let pairs = 0;
  let without = 0;
  for (const { count, happened } of ranked) {
    const not = count - happened;
    pairs += happened * (without + not / 2);
    without += not;
    events += happened;
  }
  const ties = sortedTies(probability, outcome);
  let squares = 0;
  for (const { value, count, happened } of ties) squares += happened * (1 - value) * (1 - value) + (count - happened) * value * value;
  const share = events / rows;
  const reliability = equalBins(ties, rows, reliabilityBins);
  return {
    rows,
    events,
    auc: pairs / (events * (rows - events)),
    brier: squares / rows,
    brierOfShare: share * (1 - share),
    calibrationError: reliability.reduce((total, bin) => total + (bin.rows / rows) * Math.abs(bin.predicted - bin.observed), 0),
    reliability,
    lift: equalBins(ranked, rows, tenths)
      .toReversed()
      .map(({ observed }) => observed / share),
  };
}

interface Tie {
  readonly value: number;
  readonly count: number;
  readonly happened: number;
}

function sortedTies(probability: Float64Array, outcome: Uint8Array): Tie[] {
  const order = Uint32Array.from({ length: probability.length }, (_, row) => row).sort(
    (one, other) => (probability[one] ?? 0) - (probability[other] ?? 0),
  );
  const ties: Tie[] = [];
  for (let from = 0; from < order.length;) {
    const value = probability[order[from] ?? 0] ?? 0;
    let to = from;
    let happened = 0;
    for (; to < order.length && probability[order[to] ?? 0] === value; to++) happened += outcome[order[to] ?? 0] ?? 0;
    ties.push({ value, count: to - from, happened });
    from = to;
  }
  return ties;
}

/** Bins of equally many rows; a tie that lies across an edge is divided, its events in proportion. */
function equalBins(ties: readonly Tie[], rows: number, bins: number): ReliabilityBin[] {
  const each = rows / bins;
  const found: ReliabilityBin[] = [];
  let [held, predicted, observed] = [0, 0, 0];
  const close = (): void => {
    found.push({ rows: held, predicted: predicted / held, observed: observed / held });
    [held, predicted, observed] = [0, 0, 0];
  };
  for (const { value, count, happened } of ties) {
    for (let left = count; left > 1e-9 * each;) {
      const taken = Math.min(left, each - held);
      held += taken;
      predicted += taken * value;
      observed += (taken * happened) / count;
      left -= taken;
      if (held >= each * (1 - 1e-9) && found.length < bins - 1) close();
    }
  }
  if (held > 0) close();
  return found;
}
