/** How good probabilities are, on rows with known outcomes. Equal probabilities share what falls on them, whatever their order. */
import type { IntentQuality, ReliabilityBin } from './model.ts';
import { type Ties, tiesOf } from './ties.ts';

const reliabilityBins = 15;
const tenths = 10;

/**
 * @param score what customers are ranked by
 * @param probability one per row
 * @param outcome 0 or 1, both of them present
 */
export function measureQuality(score: Float64Array, probability: Float64Array, outcome: Uint8Array): IntentQuality {
  const rows = probability.length;
  const ranked = tiesOf(score, outcome);
  let events = 0;
  let pairs = 0;
  let without = 0;
  for (let at = 0; at < ranked.value.length; at++) {
    const happened = ranked.happened[at] ?? 0;
    const not = (ranked.count[at] ?? 0) - happened;
    pairs += happened * (without + not / 2);
    without += not;
    events += happened;
  }
  const ties = tiesOf(probability, outcome);
  let squares = 0;
  for (let at = 0; at < ties.value.length; at++) {
    const value = ties.value[at] ?? 0;
    const happened = ties.happened[at] ?? 0;
    squares += happened * (1 - value) * (1 - value) + ((ties.count[at] ?? 0) - happened) * value * value;
  }
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

/** Bins of equally many rows; a tie that lies across an edge is divided, its events in proportion. */
function equalBins({ value, count, happened }: Ties, rows: number, bins: number): ReliabilityBin[] {
  const each = rows / bins;
  const found: ReliabilityBin[] = [];
  let [held, predicted, observed] = [0, 0, 0];
  const close = (): void => {
    found.push({ rows: held, predicted: predicted / held, observed: observed / held });
    [held, predicted, observed] = [0, 0, 0];
  };
  for (let at = 0; at < value.length; at++) {
    const all = count[at] ?? 0;
    for (let left = all; left > 1e-9 * each;) {
      const taken = Math.min(left, each - held);
      held += taken;
      predicted += taken * (value[at] ?? 0);
      observed += (taken * (happened[at] ?? 0)) / all;
      left -= taken;
      if (held >= each * (1 - 1e-9) && found.length < bins - 1) close();
    }
  }
  if (held > 0) close();
  return found;
}
