/**
 * Intent: customers by the probability of a declared next action. Learned from what everybody had done one horizon ago and whether
 * the action has followed since; said of what customers have done until now.
 */
import { log1p } from '../../../sdk/numeric/index.ts';
import { type FeatureColumns, intent, type IntentModel, type IntentRows } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { windowDays } from '../../definitions/definition.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame, FrameEvents } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { sayTraits } from '../words.ts';
import { isBelowZero, isSkipped, readNumbers, saySizes, takeColumns, tooFew, traitsOf } from './numbers.ts';
import { percent } from './tokens.ts';

const leastCustomers = 50;
/** Of either outcome; a quarter of them calibrates. */
const leastOutcomes = 45;

export const intentRecipe: CohortRecipe = {
  method: 'intent',
  identity: 'name',
  compute({ frame, parameters, ...run }) {
    const { action, horizonDays, cuts, logarithms } = parameterSchemas.intent.parse(parameters);
    const few = tooFew(frame, leastCustomers);
    if (few) return few;
    const { types } = frame.dictionary();
    const kind = types.indexOf(action);
    if (kind < 0) return { skipped: `the log has no signal of type '${action}'`, customers: frame.rows.length };
    const learned = learnFrom(frame, kind, horizonDays, logarithms);
    const happened = learned.outcome.reduce((total, own) => total + own, 0);
    if (happened < leastOutcomes || learned.outcome.length - happened < leastOutcomes) {
      return {
        skipped: `of ${learned.outcome.length} customers ${horizonDays} days ago ${happened} did it since; at least ${leastOutcomes} who did and as many who did not are needed`,
        customers: frame.rows.length,
      };
    }
    const { data: features, longest } = featuresOn(frame, frame.asOfDay, logarithms);
    const data: IntentRows = { ...features, outcome: new Uint8Array(frame.rows.length) };
    const numbers = readNumbers(frame, [], true);
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeIntent,
        learning: { rows: learned.outcome.length, take: (rows) => (rows === null ? learned : takeIntent(learned, rows)) },
        fit: (rows) => intent.fit({ bands: cuts }, rows),
        assign: intent.assign,
        cohortsOf: (model) => model.profile.length,
        fitRows: 500_000,
        resampling: { refits: 9, rows: 10_000 },
        describe: (model, { label }) => {
          const traits = isSkipped(numbers) ? [] : traitsOf(numbers, label, model.profile.length);
          const isLow = isBelowZero(effectScores(model, data, label.length), label, model.profile.length);
          const sizes = saySizes(label, model.profile.length);
          return {
            cohorts: model.profile.map(({ name, observed }, cohort): CohortWords => ({
              name: `${name} probability of ${action}`,
              says: [
                sizes[cohort] ?? '',
                `Of customers like them ${horizonDays} days ago, ${percent(observed)} did it since.`,
                ...sayTraits(traits[cohort] ?? [], frame.money),
              ],
              traits: traits[cohort] ?? [],
            })),
            features: data.names,
            reasons: effectReasons(model, data, label, isLow),
            context: { isLow, longest },
            own: {
              auc: model.quality.auc,
              brier: model.quality.brier,
              probabilityError: model.quality.calibrationError,
              events: model.events,
            },
            picture: reliabilityPicture(model, action, horizonDays),
          };
        },
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, context, ...models }) {
    const { logarithms } = parameterSchemas.intent.parse(parameters);
    const { isLow, longest } = context as IntentContext; // put there by compute
    const { data: features } = featuresOn(frame, frame.asOfDay, logarithms, longest);
    const data: IntentRows = { ...features, outcome: new Uint8Array(frame.rows.length) };
    return placeCustomers(
      frame,
      {
        data,
        assign: intent.assign,
        features: data.names,
        reasons: (model: IntentModel, { label }) => effectReasons(model, data, label, isLow),
      },
      models,
    );
  },
};

/** Which cohorts lie below an average customer, and what stands for the age of what never happened; plain JSON. */
interface IntentContext {
  readonly isLow: readonly boolean[];
  readonly longest: number;
}

/** Everybody who had done something in the window as it was one horizon ago, and whether the action came since. */
function learnFrom(frame: Frame, kind: number, horizonDays: number, logarithms: boolean): IntentRows & { readonly outcome: Uint8Array } {
  const everybody = frame.everybody();
  const then = frame.asOfDay - horizonDays;
  const { data, signals } = featuresOn(everybody, then, logarithms);
  const { offsets, type } = everybody.events(then + 1, frame.asOfDay);
  const present = Uint32Array.from(signals.keys()).filter((row) => (signals[row] ?? 0) > 0);
  const outcome = Uint8Array.from(present, (row) => (type.subarray(offsets[row], offsets[row + 1]).includes(kind) ? 1 : 0));
  return { ...takeColumns(data, present), outcome };
}

/**
 * What customers had done by a day, in a window of the same length.
 * @param given age of what never happened; by default the window's length, and in lifetime the age of the first signal of all
 */
function featuresOn(
  frame: Frame,
  day: number,
  logarithms: boolean,
  given?: number,
): { readonly data: FeatureColumns; readonly signals: Int32Array; readonly longest: number } {
  const length = windowDays[frame.window];
  const firstDay = Number.isFinite(length) ? day - length + 1 : frame.firstDay;
  const { types } = frame.dictionary();
  const purchase = types.indexOf('purchase');
  const events = frame.events(firstDay, day);
  const rows = events.offsets.length - 1;
  const scale = logarithms ? (value: number): number => (value < 0 ? -log1p(-value) : log1p(value)) : (value: number): number => value;
  const counts = types.map(() => new Float64Array(rows));
  const spendMinor = new Float64Array(rows);
  const activeDays = new Float64Array(rows);
  const sinceSignal = new Float64Array(rows);
  const sincePurchase = new Float64Array(rows);
  const longest = given ?? (Number.isFinite(length) ? length : longestAge(events, day));
  const signals = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let lastDay = firstDay - 1;
    let lastPurchase = Number.NEGATIVE_INFINITY;
    for (let at = events.offsets[row] ?? 0; at < (events.offsets[row + 1] ?? 0); at++) {
      const own = events.day[at] ?? 0;
      const column = counts[events.type[at] ?? -1];
      if (column) column[row] = (column[row] ?? 0) + 1;
      if (own !== lastDay) activeDays[row] = (activeDays[row] ?? 0) + 1;
      lastDay = own;
      signals[row] = (signals[row] ?? 0) + 1;
      if (events.type[at] !== purchase) continue;
      spendMinor[row] = (spendMinor[row] ?? 0) + (events.amountMinor[at] ?? 0);
      lastPurchase = own;
    }
    sinceSignal[row] = (signals[row] ?? 0) > 0 ? day - lastDay : longest;
    sincePurchase[row] = Math.min(longest, day - lastPurchase);
  }
  return {
    data: {
      names: [...types, 'spendMinor', 'activeDays', 'activeRecencyDays', 'recencyDays'],
      columns: [...counts.map((column) => column.map(scale)), spendMinor.map(scale), activeDays.map(scale), sinceSignal, sincePurchase],
    },
    signals,
    longest,
  };
}

function longestAge({ day }: FrameEvents, asOfDay: number): number {
  return day.reduce((longest, own) => Math.max(longest, asOfDay - own), 0) + 1;
}

function takeIntent({ outcome, ...columns }: IntentRows, rows: Uint32Array): IntentRows {
  return { ...takeColumns(columns, rows), outcome: Uint8Array.from(rows, (row) => outcome[row] ?? 0) };
}

/** Change of the log-odds by each feature beside an average customer; in a cohort below the middle what lowers it speaks for it. */
function effectReasons(model: IntentModel, data: FeatureColumns, label: Int32Array, isLow: readonly boolean[]): Reasons {
  const reasons = keepReasons(label.length);
  const parts = effectParts(model, data);
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    for (const { at, mean, coefficient } of parts) {
      const part = coefficient * ((data.columns[at]?.[row] ?? 0) - mean);
      reasons.offer(row, at, isLow[own] === true ? -part : part);
    }
  }
  return reasons;
}

/** Log-odds beside an average customer. */
function effectScores(model: IntentModel, data: FeatureColumns, rows: number): Float64Array {
  const score = new Float64Array(rows);
  for (const { at, mean, coefficient } of effectParts(model, data)) {
    const column = data.columns[at];
    for (let row = 0; row < rows; row++) score[row] = (score[row] ?? 0) + coefficient * ((column?.[row] ?? 0) - mean);
  }
  return score;
}

function effectParts({ effects, features, scale }: IntentModel, { names }: FeatureColumns) {
  return effects.map(({ feature, coefficient }) => ({
    at: names.indexOf(feature),
    mean: scale.mean[features.indexOf(feature)] ?? 0,
    coefficient,
  }));
}

function reliabilityPicture({ quality, effects }: IntentModel, action: string, horizonDays: number): CohortPicture {
  return {
    kind: 'reliability',
    data: {
      action,
      horizonDays,
      classes: quality.reliability.map(({ rows, predicted, observed }) => ({
        foretold: predicted,
        came: observed,
        customers: Math.round(rows),
      })),
      effects: effects
        .toSorted((one, other) => Math.abs(other.standardised) - Math.abs(one.standardised))
        .slice(0, 8)
        .map(({ feature, standardised }) => ({ feature, effect: Number(standardised.toFixed(4)) })),
    },
  };
}
