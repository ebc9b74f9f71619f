/**
 * Survival: customers by the chance that they lapse, or end their subscription, within the horizon. Covariates are what was known
 * when the spell began, so that nothing that came later foretells itself.
 */
import { expm1, log1p } from '../../../sdk/numeric/index.ts';
import { type Assignment, hazardDetails, survival, type SurvivalModel, type SurvivalRows } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { type MethodParameters, parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame, FrameEvents } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { type MoneyUnit, sayCount, sayTraits, shown } from '../words.ts';
import { isBelowZero, saySizes, tooFew, traitsOf } from './numbers.ts';
import { percent } from './tokens.ts';

const leastCustomers = 20;
const leastEvents = 10;
const names = ['firstSpend', 'firstProducts', 'cameBack', 'signalsBefore', 'knownDays'] as const;
const logarithmic: ReadonlySet<string> = new Set(['firstSpend', 'signalsBefore', 'knownDays']);
/** Days before a spell in which signals count as what led to it. */
const daysBefore = 28;
const pointsShown = 120;
const beginning = -2_147_483_648;

/** A time without interruption as a customer, in the order of the customers. */
interface Spell {
  readonly position: number;
  readonly originDay: number;
  /** Day of the event, or the last day that was seen without it. */
  readonly endDay: number;
  readonly hasEvent: boolean;
  readonly covariates: readonly number[];
}

export const survivalRecipe: CohortRecipe = {
  method: 'survival',
  identity: 'name',
  compute({ frame: present, parameters, ...run }) {
    const chosen = parameterSchemas.survival.parse(parameters);
    const current = lastSpells(spellsOf(present, chosen));
    const frame = present.where((position) => current.has(position));
    const what = chosen.event === 'lapse' ? 'customers have bought' : 'customers have had a subscription';
    const few = tooFew(frame, leastCustomers, what);
    if (few) return few;
    const data = rowsOf([...current.values()], beginning);
    const observed = spellsOf(present.everybody(), chosen).filter(
      ({ originDay, endDay }) => endDay >= frame.firstDay && endDay > originDay,
    );
    const happened = observed.filter(({ hasEvent }) => hasEvent).length;
    if (happened < leastEvents) {
      return {
        skipped: `${shown(happened)} of ${sayCount(observed.length, 'spell')} ended in the window; at least ${leastEvents} are needed: take a longer window or fewer lapseDays`,
        customers: frame.rows.length,
      };
    }
    const learned = rowsOf(observed, frame.firstDay);
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeRows,
        learning: { rows: learned.stop.length, take: (rows) => (rows === null ? learned : takeRows(learned, rows)) },
        fit: (rows) => survival.fit({ cohorts: 'bands', bands: chosen.bands, horizonDays: chosen.horizonDays }, rows),
        assign: survival.assign,
        cohortsOf: (model) => model.profile.length,
        fitRows: 500_000,
        resampling: { refits: 9, rows: 10_000 },
        describe: (model, assignment) => {
          const context = hazardSides(model, data, assignment.label);
          return {
            cohorts: wordsOf(model, data, assignment, chosen, frame.money),
            features: names,
            reasons: hazardReasons(model, data, assignment.label, context),
            context: { ...context },
            own: {
              spells: model.rows,
              events: model.events,
              ...(model.cox && { concordance: model.cox.concordance.share ?? 0.5, logLikelihood: model.cox.logLikelihood.fitted }),
            },
            picture: curvesOf(model, chosen),
          };
        },
      },
      run,
      frame,
    );
  },
  assign({ frame: present, parameters, context, ...models }) {
    const current = lastSpells(spellsOf(present, parameterSchemas.survival.parse(parameters)));
    const data = rowsOf([...current.values()], beginning);
    return placeCustomers(
      present.where((position) => current.has(position)),
      {
        data,
        assign: survival.assign,
        features: names,
        reasons: (model: SurvivalModel, { label }) => hazardReasons(model, data, label, context as HazardSides), // put there by compute
      },
      models,
    );
  },
};

/** Which cohorts have a hazard below the average; plain JSON. */
interface HazardSides {
  readonly isLow: readonly boolean[];
}

type Parameters = MethodParameters<'survival'>;

function spellsOf(frame: Frame, chosen: Parameters): Spell[] {
  const events = frame.events(beginning, frame.asOfDay);
  const { types } = frame.dictionary();
  return chosen.event === 'lapse'
    ? purchaseSpells(events, types.indexOf('purchase'), frame.asOfDay, chosen.lapseDays)
    : subscriptionSpells(events, types.indexOf('milestone-event'), frame.asOfDay, frame.texts('subscription'));
}

/** A spell ends when no purchase has come for so many days; the next purchase begins another. */
function purchaseSpells(events: FrameEvents, purchase: number, asOfDay: number, lapseDays: number): Spell[] {
  const { offsets, type, day } = events;
  const spells: Spell[] = [];
  for (let position = 0; position + 1 < offsets.length; position++) {
    let origin = -1;
    let last = 0;
    let count = 0;
    for (let at = offsets[position] ?? 0; at < (offsets[position + 1] ?? 0); at++) {
      if (type[at] !== purchase) continue;
      const own = day[at] ?? 0;
      if (origin >= 0 && own - last > lapseDays) {
        spells.push(spellFrom(events, position, origin, last + lapseDays, true, count));
        count += 1;
        origin = at;
      } else if (origin < 0) origin = at;
      last = own;
    }
    if (origin < 0) continue;
    const hasLapsed = asOfDay - last >= lapseDays;
    spells.push(spellFrom(events, position, origin, hasLapsed ? last + lapseDays : asOfDay, hasLapsed, count));
  }
  return spells;
}

/** From the first to the last milestone where the subscription is cancelled now; until today where it is not. */
function subscriptionSpells(events: FrameEvents, milestone: number, asOfDay: number, standing: readonly string[]): Spell[] {
  const { offsets, type, day } = events;
  const spells: Spell[] = [];
  for (let position = 0; position + 1 < offsets.length; position++) {
    const state = standing[position] ?? '';
    if (state === '') continue;
    let first = -1;
    let last = -1;
    for (let at = offsets[position] ?? 0; at < (offsets[position + 1] ?? 0); at++) {
      if (type[at] !== milestone) continue;
      if (first < 0) first = at;
      last = at;
    }
    if (first < 0) continue;
    const hasEnded = state !== 'active';
    spells.push(spellFrom(events, position, first, hasEnded ? (day[last] ?? 0) : asOfDay, hasEnded, 0));
  }
  return spells;
}

/** @param origin event that the spell begins with @param earlier spells of the customer before */
function spellFrom(events: FrameEvents, position: number, origin: number, endDay: number, hasEvent: boolean, earlier: number): Spell {
  const { offsets, day, sku, amountMinor } = events;
  const begin = offsets[position] ?? 0;
  const originDay = day[origin] ?? 0;
  let spend = 0;
  const products = new Set<number>();
  for (let at = origin; at < (offsets[position + 1] ?? 0) && day[at] === originDay; at++) {
    spend += Math.max(0, amountMinor[at] ?? 0);
    if ((sku[at] ?? -1) >= 0) products.add(sku[at] ?? 0);
  }
  let before = 0;
  for (let at = origin - 1; at >= begin && (day[at] ?? 0) >= originDay - daysBefore; at--) before += 1;
  return {
    position,
    originDay,
    endDay,
    hasEvent,
    covariates: [log1p(spend), products.size, earlier > 0 ? 1 : 0, log1p(before), log1p(originDay - (day[begin] ?? originDay))],
  };
}

function lastSpells(spells: readonly Spell[]): ReadonlyMap<number, Spell> {
  return new Map(spells.map((spell) => [spell.position, spell]));
}

/** @param firstDay observation begins no earlier: what happened before the window is not seen */
function rowsOf(spells: readonly Spell[], firstDay: number): SurvivalRows {
  const stop = Float64Array.from(spells, ({ originDay, endDay }) => endDay - originDay);
  return {
    names,
    columns: names.map((_, at) => Float64Array.from(spells, ({ covariates }) => covariates[at] ?? 0)),
    // At risk from the day before the window, or before the first day of the spell.
    start: Float64Array.from(spells, ({ originDay }, row) => Math.min((stop[row] ?? 0) - 1, Math.max(-1, firstDay - originDay - 1))),
    stop,
    event: Uint8Array.from(spells, ({ hasEvent }) => (hasEvent ? 1 : 0)),
  };
}

function takeRows({ columns, start, stop, event }: SurvivalRows, rows: Uint32Array): SurvivalRows {
  const of = (values: ArrayLike<number>): Float64Array => Float64Array.from(rows, (row) => values[row] ?? 0);
  return { names, columns: columns.map(of), start: of(start ?? stop), stop: of(stop), event: of(event) };
}

function wordsOf(
  model: SurvivalModel,
  { columns }: SurvivalRows,
  { label }: Assignment,
  { event, horizonDays }: Parameters,
  money: MoneyUnit,
): CohortWords[] {
  const what = event === 'lapse' ? 'lapse' : 'end of the subscription';
  const plain = {
    names,
    columns: columns.map((column, at) => (logarithmic.has(names[at] ?? '') ? column.map((value) => Math.round(expm1(value))) : column)),
  };
  const traits = traitsOf({ plain }, label, model.profile.length);
  const sizes = saySizes(label, model.profile.length);
  return model.profile.map(({ name, atHorizon, median }, cohort): CohortWords => ({
    name: `${name} risk of ${what}`,
    says: [
      sizes[cohort] ?? '',
      `${percent(1 - atHorizon.survival)} of such spells end within ${shown(horizonDays)} days.`,
      ...(median.day === null ? [] : [`Half have ended by day ${shown(median.day)}.`]),
      // A yes or no has no median worth saying.
      ...sayTraits(
        (traits[cohort] ?? []).filter(({ feature }) => feature !== 'cameBack'),
        money,
      ),
    ],
    traits: traits[cohort] ?? [],
  }));
}

function hazardSides({ cox, profile }: SurvivalModel, data: SurvivalRows, label: Int32Array): HazardSides {
  if (!cox) return { isLow: [] };
  return { isLow: isBelowZero(hazardDetails(cox, data).logHazardRatio, label, profile.length) };
}

/** Parts of the logarithm of the hazard; in a cohort of low risk what lowers it speaks for the cohort. */
function hazardReasons({ cox }: SurvivalModel, data: SurvivalRows, label: Int32Array, { isLow }: HazardSides): Reasons {
  const reasons = keepReasons(label.length);
  if (!cox) return reasons;
  const { contributions } = hazardDetails(cox, data);
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    for (const [at, part] of contributions.entries()) reasons.offer(row, at, isLow[own] === true ? -(part[row] ?? 0) : (part[row] ?? 0));
  }
  return reasons;
}

function curvesOf({ profile }: SurvivalModel, { event, horizonDays }: Parameters): CohortPicture {
  return {
    kind: 'curves',
    data: {
      event: event === 'lapse' ? 'lapsed' : 'subscription ended',
      horizonDays,
      curves: profile.map(({ curve }, cohort) => {
        const stride = Math.max(1, Math.ceil(curve.day.length / pointsShown));
        const kept = Array.from(curve.day.keys()).filter((at) => at % stride === 0 || at === curve.day.length - 1);
        return {
          cohort,
          points: kept.map((at) => ({
            day: curve.day[at] ?? 0,
            share: curve.survival[at] ?? 0,
            low: curve.low[at] ?? 0,
            high: curve.high[at] ?? 0,
          })),
        };
      }),
    },
  };
}
