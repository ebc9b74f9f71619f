/**
 * The eleven axes that customers are grouped by: every account gets exactly one cohort on every axis that is on. An
 * attribute that nobody has stated puts the account in the cohort `unknown`, never out of the axis.
 */
import { cohortAxes, type CohortAxis } from '../../sdk/cohort-axes.ts';
import { rfmCohort, rfmScores } from './rfm.ts';
import type { Season } from './seasonality.ts';
import { tenureBand } from './tenure.ts';

/** Columns over accounts, all of one length. Empty text means that the attribute is not known. */
export interface AxisAttributes {
  readonly homeLocation: readonly string[];
  readonly homeChannel: readonly string[];
  readonly homeBrand: readonly string[];
  readonly vertical: readonly string[];
  readonly loyaltyTier: readonly string[];
  readonly subscription: readonly string[];
  readonly source: readonly string[];
  readonly firstSku: readonly string[];
  readonly season: readonly Season[];
  readonly ageDays: ArrayLike<number>;
  readonly daysSinceLast: ArrayLike<number>;
  readonly baskets: ArrayLike<number>;
  readonly spendMinor: ArrayLike<number>;
}

/** Memberships in columns, ordered by account and then by the order of {@link cohortAxes}. */
export interface AxisMemberships {
  readonly account: Int32Array;
  readonly axis: readonly string[];
  readonly cohort: readonly string[];
}

/**
 * Cohort of every account on every axis that is on.
 * @param attributes columns over accounts
 * @param dormantAxes axes to leave out
 * @param rfmQuantiles classes per RFM score, 2 to 9
 */
export function assignAxes(attributes: AxisAttributes, dormantAxes: readonly CohortAxis[], rfmQuantiles: number): AxisMemberships {
  const accounts = attributes.homeLocation.length;
  const active = cohortAxes.filter((name) => !dormantAxes.includes(name));
  const scores = rfmScores(attributes.daysSinceLast, attributes.baskets, attributes.spendMinor, rfmQuantiles);
  const account = new Int32Array(accounts * active.length);
  const axis: string[] = [];
  const cohort: string[] = [];
  const cohortOf: Readonly<Record<CohortAxis, (row: number) => string>> = {
    location: (row) => stated(attributes.homeLocation[row]),
    channel: (row) => stated(attributes.homeChannel[row]),
    brand: (row) => stated(attributes.homeBrand[row]),
    vertical: (row) => stated(attributes.vertical[row]),
    tenure: (row) => tenureBand(attributes.ageDays[row] ?? 0),
    rfm: (row) => rfmCohort(scores.recency[row] ?? 1, scores.frequency[row] ?? 1, scores.money[row] ?? 1),
    seasonality: (row) => attributes.season[row] ?? 'too-few',
    'loyalty-tier': (row) => stated(attributes.loyaltyTier[row]),
    subscription: (row) => stated(attributes.subscription[row]),
    'acquisition-source': (row) => stated(attributes.source[row]),
    'first-order-sku': (row) => stated(attributes.firstSku[row]),
  };
  for (let row = 0; row < accounts; row++) {
    for (const name of active) {
      account[axis.length] = row;
      axis.push(name);
      cohort.push(cohortOf[name](row));
    }
  }
  return { account, axis, cohort };
}

function stated(text: string | undefined): string {
  return text === undefined || text === '' ? 'unknown' : text;
}
