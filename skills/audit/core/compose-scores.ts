/**
 * Bodies of score records: what a customer is worth with everything that made it, one canonical JSON text per account. Holds neither
 * the customer id nor the day nor the run: the same value on a later day is the same record, and the run record names the rest.
 */
import { isoDate } from '../../sdk/numeric/index.ts';
import { absences } from './absences.ts';
import { lowerBound } from './batches.ts';
import type { CohortTexts } from './compose-cohorts.ts';
import type { AccountWriter } from './compose-explanations.ts';
import { absentText, bytesOf, type JsonTexts, type Names, numberText, quotedNames } from './json-bytes.ts';

/** Columns over accounts; money in minor units. */
export interface ValueColumns {
  readonly clvMinor: Float64Array;
  readonly clvLowMinor: Float64Array;
  readonly clvHighMinor: Float64Array;
  readonly pPurchase: Float64Array;
  readonly pAlive: Float64Array;
  readonly expectedPurchases: Float64Array;
  readonly spendPerPurchaseMinor: Float64Array;
}

export interface ScoreParts {
  readonly currency: string;
  readonly horizonDays: number;
  /** Of the intervals, in (0, 1). */
  readonly level: number;
  /** Whether the calibrated interval comes from the reach of the holdout. */
  readonly isConformal: boolean;
  readonly raw: ValueColumns;
  readonly calibrated: ValueColumns & { readonly tier: Names; readonly elsewhere: Float64Array };
  /** Home of each account, which weights and calibration are by. */
  readonly home: Names;
  readonly history: {
    readonly baskets: Int32Array;
    readonly spendMinor: Float64Array;
    readonly firstDay: Int32Array;
    readonly lastDay: Int32Array;
  };
  /** Rows in the order of the accounts. */
  readonly cells: {
    readonly account: Int32Array;
    readonly location: Names;
    readonly channel: Names;
    readonly brand: Names;
    readonly share: Float64Array;
    readonly clvMinor: Float64Array;
  };
  /** Canonical JSON of weights and their evidence for a home: the fields after `contributions`. */
  readonly modelsOf: (home: string) => string;
  /** Canonical JSON of the explanation of an account, and of what each model contributes to its value; absent where nobody computed any. */
  readonly explanation?: { readonly of: AccountWriter; readonly contributions: AccountWriter };
}

const [comma, bracket] = [44, 93];

/** What stands between the numbers and names of a body, in the order in which it is written. */
function fixedParts({ currency, horizonDays, level, isConformal }: ScoreParts) {
  return {
    start: `{"cache":${absentText(absences.cache)},"calibration":{"cohort":`,
    rawValue: ',"raw":{"clvMinor":',
    expectedPurchases: ',"expectedPurchases":',
    pAlive: ',"pAlive":',
    pPurchase: ',"pPurchase":',
    spendPerPurchase: ',"spendPerPurchaseMinor":',
    cohorts: '}},"cohorts":',
    explanation: `,"customer":"kid","embedding":${absentText(absences.embedding)},"explanation":`,
    unexplained: absentText(absences.explanation),
    grain: `,"feedback":${absentText(absences.feedback)},"grain":{"cells":[`,
    firstCell: '[',
    nextCell: ',[',
    elsewhere: '],"elsewhere":',
    bayesian: '},"intervals":{"bayesian":{"highMinor":',
    lowMinor: `,"level":${numberText(level)},"lowMinor":`,
    bootstrap: `},"bootstrap":${absentText(absences.bootstrap)},"frequentist":${isConformal ? '' : `${absentText(absences.frequentist)},"stated":`}`,
    highMinor: '{"highMinor":',
    stated: '},"stated":',
    models: '}},"models":{"contributions":',
    noContributions: absentText(absences.contribution),
    rfmCohort: ',"cohort":',
    firstDay: ',"firstDay":',
    lastDay: ',"lastDay":',
    spend: ',"spendMinor":',
    tier: '},"tier":',
    value: ',"value":{"clvMinor":',
    currency: `,"currency":${JSON.stringify(currency)},"expectedPurchases":`,
    horizon: `,"horizonDays":${numberText(horizonDays)},"pAlive":`,
    end: `},"zeroRetention":${absentText(absences.noModelCall)}}`,
    noName: '""',
  };
}

/**
 * Writes one body per account from `from` up to, not including, `to`.
 * @param cohorts of these accounts
 * @throws {CohortiumError} ARGUMENT_INVALID for numbers that are not finite
 */
export function scoreWriter(parts: ScoreParts): (into: JsonTexts, cohorts: CohortTexts, from: number, to: number) => void {
  const { raw, calibrated, history, cells, explanation, home } = parts;
  const part = Object.fromEntries(Object.entries(fixedParts(parts)).map(([name, text]) => [name, bytesOf(text)])) as Readonly<
    Record<keyof ReturnType<typeof fixedParts>, Uint8Array>
  >; // the same names
  const homes = quotedNames(home.texts);
  const models: (Uint8Array | undefined)[] = [];
  const modelsOf = (name: number): Uint8Array => (models[name] ??= bytesOf(`,${parts.modelsOf(home.texts[name] ?? '')},"rfm":{"baskets":`));
  const [locations, channels, brands] = [cells.location, cells.channel, cells.brand].map(({ texts }) => quotedNames(texts));
  const tiers = quotedNames(calibrated.tier.texts);
  const days = new Map<number, Uint8Array>();
  const dayOf = (day: number): Uint8Array => {
    let bytes = days.get(day);
    if (bytes === undefined) days.set(day, (bytes = bytesOf(`"${isoDate(day)}"`)));
    return bytes;
  };
  return (into, cohorts, from, to) => {
    const numbers = (values: Float64Array, row: number, before: Uint8Array): void => {
      into.piece(before);
      into.number(values[row] ?? 0);
    };
    const name = (quoted: ((name: number) => Uint8Array) | undefined, { values }: Names, row: number): void =>
      into.piece(quoted?.(values[row] ?? -1) ?? part.noName);
    let cell = lowerBound(cells.account, from);
    for (let row = from; row < to; row++) {
      const shared = cohorts.of[row - from] ?? 0;
      into.begin();
      into.piece(part.start);
      name(homes, home, row);
      numbers(raw.clvMinor, row, part.rawValue);
      numbers(raw.expectedPurchases, row, part.expectedPurchases);
      numbers(raw.pAlive, row, part.pAlive);
      numbers(raw.pPurchase, row, part.pPurchase);
      numbers(raw.spendPerPurchaseMinor, row, part.spendPerPurchase);
      into.piece(part.cohorts);
      into.piece(cohorts.axesOf(shared));
      into.piece(part.explanation);
      if (explanation) explanation.of(into, row);
      else into.piece(part.unexplained);
      into.piece(part.grain);
      for (let isFirst = true; (cells.account[cell] ?? Number.POSITIVE_INFINITY) <= row; cell++, isFirst = false) {
        into.piece(isFirst ? part.firstCell : part.nextCell);
        name(locations, cells.location, cell);
        into.sign(comma);
        name(channels, cells.channel, cell);
        into.sign(comma);
        name(brands, cells.brand, cell);
        into.sign(comma);
        into.number(cells.clvMinor[cell] ?? 0);
        into.sign(comma);
        into.number(cells.share[cell] ?? 0);
        into.sign(bracket);
      }
      numbers(calibrated.elsewhere, row, part.elsewhere);
      numbers(raw.clvHighMinor, row, part.bayesian);
      numbers(raw.clvLowMinor, row, part.lowMinor);
      into.piece(part.bootstrap);
      const interval = into.size;
      numbers(calibrated.clvHighMinor, row, part.highMinor);
      numbers(calibrated.clvLowMinor, row, part.lowMinor);
      const intervalEnd = into.size;
      // Both intervals are the same one.
      if (parts.isConformal) {
        into.piece(part.stated);
        into.again(interval, intervalEnd);
      }
      into.piece(part.models);
      if (explanation) explanation.contributions(into, row);
      else into.piece(part.noContributions);
      into.piece(modelsOf(home.values[row] ?? -1));
      into.number(history.baskets[row] ?? 0);
      into.piece(part.rfmCohort);
      into.piece(cohorts.rfm[shared] ?? part.noName);
      into.piece(part.firstDay);
      into.piece(dayOf(history.firstDay[row] ?? 0));
      into.piece(part.lastDay);
      into.piece(dayOf(history.lastDay[row] ?? 0));
      numbers(history.spendMinor, row, part.spend);
      into.piece(part.tier);
      name(tiers, calibrated.tier, row);
      numbers(calibrated.clvMinor, row, part.value);
      numbers(calibrated.expectedPurchases, row, part.currency);
      numbers(calibrated.pAlive, row, part.horizon);
      numbers(calibrated.pPurchase, row, part.pPurchase);
      numbers(calibrated.spendPerPurchaseMinor, row, part.spendPerPurchase);
      into.piece(part.end);
      into.end();
    }
  };
}
