/**
 * The two records of a run that are about nobody: what it rests on, with every model's weight and the evidence for it, and the
 * recalibration. Records of customers written after them leave the day and the digests to these.
 */
import { absences } from './absences.ts';

export interface FittedModels {
  readonly asOf: string;
  readonly cutoff: string;
  readonly horizonDays: number;
  readonly discountRateAnnual: number;
  readonly intervalLevel: number;
  readonly draws: number;
  readonly timing: {
    readonly models: readonly {
      readonly family: string;
      readonly params: Readonly<Record<string, number>>;
      readonly logLikelihood: number;
      readonly aic: number;
      readonly customers: number;
      readonly boundary: { readonly title: string } | null;
    }[];
    /** The first entry is that of every home that is not listed. */
    readonly weights: readonly { readonly cohort: string; readonly shares: readonly number[]; readonly customers: number }[];
  };
  readonly stacking: { readonly origins: readonly number[]; readonly reason: string } & Readonly<Record<string, unknown>>;
  readonly spend: unknown;
  readonly shares: unknown;
  readonly concentration: number;
}

/** Of the models of a home: the weights, the evidence for them, and the tracker. */
export function modelParts({ timing, stacking }: FittedModels, home: string): Readonly<Record<string, unknown>> {
  const entry = timing.weights.find(({ cohort }) => cohort === home) ?? timing.weights[0];
  const tried = stacking.origins.length;
  return {
    crossValidation:
      tried === 0 || entry === undefined || entry.customers === 0
        ? { absent: absences.crossValidation }
        : { cohort: entry.cohort, origins: tried, predictions: entry.customers },
    tracker: { absent: absences.tracker },
    weights: Object.fromEntries(timing.models.map(({ family }, place) => [family, entry?.shares[place] ?? 0])),
  };
}

export interface RunFacts {
  readonly asOf: string;
  /** Name of a table or document → its SHA-256. */
  readonly digests: Readonly<Record<string, string>>;
  readonly accounts: number;
  readonly decisions: number;
  readonly currency: string;
}

export function runBody(facts: RunFacts, models: FittedModels): Readonly<Record<string, unknown>> {
  const { timing, stacking, spend, shares, concentration, cutoff, horizonDays, discountRateAnnual, intervalLevel, draws } = models;
  return {
    ...facts,
    fit: {
      cutoff,
      horizonDays,
      discountRateAnnual,
      intervalLevel,
      draws,
      models: timing.models.map(({ family, params, logLikelihood, aic, customers, boundary }, place) => ({
        family,
        params,
        logLikelihood,
        aic,
        customers,
        boundary: boundary?.title ?? null,
        weight: timing.weights[0]?.shares[place] ?? 0,
      })),
      weightsByHome: timing.weights.filter(({ cohort }) => cohort !== ''),
      crossValidation: stacking,
      spend,
      shares,
      concentration,
      tracker: { absent: absences.tracker },
    },
  };
}

export interface CalibrationFacts {
  readonly method: string;
  readonly folds: number;
  readonly n: number;
  readonly isCalibrated: boolean;
  readonly tierRule: readonly string[];
  readonly cohorts: Readonly<Record<string, unknown>>;
  readonly cohortError: Readonly<Record<string, number>>;
  readonly probability: unknown;
  readonly moneyScale: unknown;
  readonly countScale: unknown;
  readonly gain: unknown;
  readonly tiers: unknown;
  readonly intervals: { readonly level: number; readonly reach: unknown; readonly picp: unknown } | null;
}

/**
 * @param digest of the whole calibration, which replay applies
 * @param reliability as the gate read it
 */
export function recalibrationBody(
  calibration: CalibrationFacts,
  digest: string,
  reliability: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { method, folds, n, isCalibrated, tierRule, cohorts, cohortError, probability, moneyScale, countScale, gain, tiers, intervals } =
    calibration;
  return {
    calibration: digest,
    method,
    folds,
    n,
    isCalibrated,
    maps: { probability, money: moneyScale, count: countScale },
    cohorts,
    cohortError,
    gain,
    intervals: intervals ?? { absent: 'the model gave no intervals on the holdout' },
    reliability,
    tiers: tiers ?? { absent: 'without intervals on the holdout tiers cannot be tried' },
    tierRule,
  };
}
