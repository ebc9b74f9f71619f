/** How far customers got: a rule, so nothing is estimated and everybody is where the steps put them. */
import { funnel, type FunnelConfig, type FunnelModel, type TimedEvents, traceFunnel } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { type MethodParameters, parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { sayTraits } from '../words.ts';
import { isSkipped, readNumbers, saySizes, traitsOf } from './numbers.ts';
import { percent } from './tokens.ts';

const dayMs = 86_400_000;

export const funnelRecipe: CohortRecipe = {
  method: 'funnel',
  identity: 'name',
  compute({ frame, parameters, ...run }) {
    const chosen = parameterSchemas.funnel.parse(parameters);
    const data = readTimedEvents(frame, chosen);
    const config = configOf(chosen);
    const numbers = readNumbers(frame, [], true);
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: (rows) => rows,
        fit: (events) => funnel.fit(config, events, ''),
        assign: funnel.assign,
        cohortsOf: (model) => model.cohorts.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: null,
        describe: (model, { label }) => {
          const traits = isSkipped(numbers) ? [] : traitsOf(numbers, label, model.cohorts.length);
          const sizes = saySizes(label, model.cohorts.length);
          return {
            cohorts: model.cohorts.map(({ name }, cohort): CohortWords => ({
              name,
              says: [sizes[cohort] ?? '', ...sayStep(model, cohort), ...sayTraits(traits[cohort] ?? [], frame.money)],
              traits: traits[cohort] ?? [],
            })),
            features: namesOf(model),
            reasons: stepReasons(model, data, config),
            own: { entered: model.table[0]?.count ?? 0, converted: model.table.at(-1)?.count ?? 0 },
            picture: funnelPicture(model),
          };
        },
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, context: _context, ...models }) {
    const chosen = parameterSchemas.funnel.parse(parameters);
    const data = readTimedEvents(frame, chosen);
    return placeCustomers(
      frame,
      {
        data,
        assign: funnel.assign,
        features: namesOf(models.model as FunnelModel), // stored by the run of this definition and version
        reasons: (model: FunnelModel) => stepReasons(model, data, configOf(chosen)),
      },
      models,
    );
  },
};

function namesOf({ table }: FunnelModel): string[] {
  return table.map(({ name }) => name);
}

function configOf({ steps, withinDays, order, exclusions }: MethodParameters<'funnel'>): FunnelConfig {
  return {
    steps: steps.map(({ name, events, optional, anyOrder }) => ({ events, optional, anyOrder, ...(name !== undefined && { name }) })),
    window: withinDays * dayMs,
    order,
    exclusions,
  };
}

/** Signals that the funnel names and the log does not have are kinds that never occur. */
function readTimedEvents(frame: Frame, { steps, exclusions }: MethodParameters<'funnel'>): TimedEvents {
  const { types } = frame.dictionary();
  const declared = [...steps, ...exclusions].flatMap(({ events }) => events);
  const { offsets, type, tsMs } = frame.events(frame.firstDay, frame.asOfDay);
  return { names: [...types, ...new Set(declared.filter((name) => !types.includes(name)))], offsets, events: type, times: tsMs };
}

/** Steps that were done speak for the cohort; the first that was not keeps the customer from the next one. */
function stepReasons(model: FunnelModel, data: TimedEvents, config: FunnelConfig): Reasons {
  const { reached, times } = traceFunnel(config, data);
  const steps = model.table.length;
  const reasons = keepReasons(reached.length);
  for (const [row, passed] of reached.entries()) {
    if (passed < steps) reasons.offer(row, passed, -1);
    for (let step = steps - 1; step >= 0; step--) if (!Number.isNaN(times[row * steps + step] ?? Number.NaN)) reasons.offer(row, step, 1);
  }
  return reasons;
}

function sayStep({ table }: FunnelModel, cohort: number): string[] {
  const next = table[cohort];
  if (!next?.ofBefore) return [];
  return [
    `Of those who got so far, ${percent(next.ofBefore.share)} went on to ${next.name} (${percent(next.ofBefore.low)} to ${percent(next.ofBefore.high)}).`,
  ];
}

function funnelPicture({ table }: FunnelModel): CohortPicture {
  return {
    kind: 'funnel',
    data: {
      steps: table.map(({ name, count, ofBefore, sinceBefore }) => ({
        name,
        customers: count,
        ofBefore: ofBefore?.share ?? null,
        low: ofBefore?.low ?? null,
        high: ofBefore?.high ?? null,
        medianDays: sinceBefore ? Number((sinceBefore.median / dayMs).toFixed(4)) : null,
      })),
    },
  };
}
