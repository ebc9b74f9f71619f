/**
 * Shares of timing models from how they did on matured windows: exponential weights over their recorded losses, older windows counting
 * less. They are a prior for the next stacking and not its answer: what the data say goes over them.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, sum } from '../../../sdk/numeric/index.ts';

/** Mean loss per customer of each model on one matured window of one cohort. */
export interface ModelLosses {
  readonly customers: number;
  /** By model id; ≥ 0, finite. */
  readonly losses: Readonly<Record<string, number>>;
}

export interface PriorOptions {
  /** How strongly losses tell, > 0; default 1: one unit of mean deviance more, a share smaller by e for each window. */
  readonly rate?: number;
  /** Factor on windows for each one that came after, in (0, 1]; default 0.8. */
  readonly memory?: number;
}

/** No model loses all of its share by the past alone. */
const leastShare = 0.02;

/**
 * @param models ids, in the order of the shares
 * @param windows oldest first; windows that lack one of the models are passed over
 * @returns shares that add up to 1; equal ones without any window
 * @throws {CohortiumError} NUMERIC_DOMAIN
 * @see Vovk (1990), "Aggregating strategies"; Cesa-Bianchi & Lugosi (2006), "Prediction, Learning, and Games", sections 2.2 and 2.11
 */
export function priorShares(models: readonly string[], windows: readonly ModelLosses[], options: PriorOptions = {}): readonly number[] {
  const { rate = 1, memory = 0.8 } = options;
  if (models.length === 0 || !(rate > 0) || !(memory > 0 && memory <= 1) || models.length * leastShare >= 1)
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a prior needs 1 to ${1 / leastShare - 1} models, rate > 0 and memory in (0, 1]; found ${models.length}, ${rate}, ${memory}`,
    );
  const total = new Float64Array(models.length);
  let weight = 1;
  for (const { losses } of windows.toReversed()) {
    const own = models.map((model) => losses[model]);
    if (own.some((loss) => loss === undefined)) continue;
    own.forEach((loss = Number.NaN, model) => {
      if (!(loss >= 0 && Number.isFinite(loss)))
        throw new CohortiumError('NUMERIC_DOMAIN', `the loss of '${models[model]}' is ${loss}; it must be finite and ≥ 0`);
      total[model] = (total[model] ?? 0) + weight * loss;
    });
    weight *= memory;
  }
  const least = total.reduce((lowest, loss) => Math.min(lowest, loss), Number.POSITIVE_INFINITY);
  const raw = total.map((loss) => exp(-rate * (loss - least)));
  const all = sum(raw);
  const free = 1 - leastShare * models.length;
  return Array.from(raw, (value) => leastShare + (free * value) / all);
}
