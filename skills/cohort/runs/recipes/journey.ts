/** Journeys: customers whose signals follow each other alike. */
import { log } from '../../../sdk/numeric/index.ts';
import { type EventSequences, journey, type JourneyModel } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { distinctNames, type Trait } from '../words.ts';
import { saySizes, tooFew } from './numbers.ts';
import { percent } from './tokens.ts';

const leastCustomers = 20;
const fitRows = 200_000;
const stepsShown = 16;
const end = 'the end';

export const journeyRecipe: CohortRecipe = {
  method: 'journey',
  identity: 'overlap',
  compute({ frame, parameters, ...run }) {
    const { cohorts, signals, longest, restarts } = parameterSchemas.journey.parse(parameters);
    const few = tooFew(frame, leastCustomers);
    if (few) return few;
    const names = frame.dictionary().types.filter((name) => signals.length === 0 || signals.includes(name));
    const data = readSequences(frame, names, longest);
    if (data.events.length === 0)
      return { skipped: 'none of the signals that count occurs in the window; name others', customers: frame.rows.length };
    const counts =
      typeof cohorts === 'number' ? cohorts : Array.from({ length: cohorts.to - cohorts.from + 1 }, (_, at) => cohorts.from + at);
    const features = stepNames(data.names);
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeSequences,
        fit: (sequences, seed) => journey.fit({ cohorts: counts, restarts }, sequences, seed),
        assign: journey.assign,
        cohortsOf: (model) => model.cohorts.length,
        fitRows,
        resampling: { refits: 6, rows: 5000 },
        describe: (model, { label }) => ({
          cohorts: wordsOf(model, label),
          features,
          reasons: stepReasons(model, data, label),
          own: { logLikelihood: model.logLikelihood, converged: model.hasConverged ? 1 : 0 },
          picture: flowOf(model),
        }),
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, context: _context, ...models }) {
    const { longest } = parameterSchemas.journey.parse(parameters);
    const { names } = models.model as JourneyModel; // stored by the run of this definition and version
    const data = readSequences(frame, names, longest);
    return placeCustomers(
      frame,
      {
        data,
        assign: journey.assign,
        features: stepNames(names),
        reasons: (model: JourneyModel, { label }) => stepReasons(model, data, label),
      },
      models,
    );
  },
};

function readSequences(frame: Frame, names: readonly string[], longest: number): EventSequences {
  const { types } = frame.dictionary();
  const { offsets, type } = frame.events(frame.firstDay, frame.asOfDay);
  const placeOf = Int32Array.from(types, (name) => names.indexOf(name));
  const begin = new Int32Array(offsets.length);
  const events: number[] = [];
  for (let row = 0; row + 1 < offsets.length; row++) {
    const kept: number[] = [];
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) {
      const place = placeOf[type[at] ?? -1] ?? -1;
      if (place >= 0) kept.push(place);
    }
    events.push(...kept.slice(-longest));
    begin[row + 1] = events.length;
  }
  return { names, offsets: begin, events: Int32Array.from(events) };
}

function takeSequences({ names, offsets, events }: EventSequences, rows: Uint32Array): EventSequences {
  const begin = new Int32Array(rows.length + 1);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    begin[at + 1] = (begin[at] ?? 0) + (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
  }
  const taken = new Int32Array(begin[rows.length] ?? 0);
  for (let at = 0; at < rows.length; at++) taken.set(events.subarray(offsets[rows[at] ?? 0], offsets[(rows[at] ?? 0) + 1]), begin[at]);
  return { names, offsets: begin, events: taken };
}

/** In the layout of a chain: begins, then from each kind to each kind and to the end. */
function stepNames(names: readonly string[]): string[] {
  return [...names.map((name) => `begins with ${name}`), ...names.flatMap((from) => [...names, end].map((to) => `${from} → ${to}`))];
}

/** Named by the step that tells the cohort from the whole: the most probable whole path is rare, and often the same in all. */
function wordsOf({ cohorts }: JourneyModel, label: Int32Array): CohortWords[] {
  const names = distinctNames(
    cohorts.map(({ paths, steps }) =>
      steps.length > 0 ? steps.map(({ from, to }) => `${from} → ${to}`) : paths.slice(0, 1).map(({ path }) => path.join(' → ')),
    ),
    1,
    'no path',
  );
  const sizes = saySizes(label, cohorts.length);
  return cohorts.map(({ steps, paths, dropOff }, cohort) => {
    const traits = steps.map(({ from, to, probability, overall }): Trait => ({
      feature: `${from} → ${to}`,
      here: probability,
      all: overall,
      difference: overall > 0 ? probability / overall : 0,
    }));
    const [path] = paths;
    const [stop] = dropOff;
    return {
      name: names[cohort] ?? '',
      says: [
        sizes[cohort] ?? '',
        ...steps
          .slice(0, 2)
          .map(
            ({ from, to, probability, overall }) => `After ${from}, ${percent(probability)} go on to ${to}, of all ${percent(overall)}.`,
          ),
        ...(path ? [`Most probable path, taken by ${percent(path.probability)}: ${path.path.join(' → ')}.`] : []),
        ...(stop ? [`${percent(stop.share)} stop after ${stop.event}.`] : []),
      ],
      traits,
    };
  });
}

/** How much likelier each step is in the own chain than in the next most likely one of the customer, times how often it was taken. */
function stepReasons({ weight, chains }: JourneyModel, { names, offsets, events }: EventSequences, label: Int32Array): Reasons {
  const kinds = names.length;
  const logs = chains.map((chain) => Float64Array.from(chain, (p) => (p > 0 ? log(p) : -50)));
  const reasons = keepReasons(label.length);
  const taken = new Float64Array(kinds + kinds * (kinds + 1));
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    const steps: number[] = [];
    let from = -1;
    const last = offsets[row + 1] ?? 0;
    for (let at = offsets[row] ?? 0; at <= last; at++) {
      const to = at === last ? kinds : (events[at] ?? 0);
      const step = from < 0 ? to : kinds + from * (kinds + 1) + to;
      if (taken[step] === 0) steps.push(step);
      taken[step] = (taken[step] ?? 0) + 1;
      from = to;
    }
    let next = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (const [chain, values] of logs.entries()) {
      if (chain === own) continue;
      const score = steps.reduce(
        (total, step) => total + (taken[step] ?? 0) * (values[step] ?? 0),
        log(Math.max(weight[chain] ?? 0, 1e-300)),
      );
      if (score > most) {
        most = score;
        next = chain;
      }
    }
    for (const step of steps.toSorted((a, b) => a - b)) {
      reasons.offer(row, step, (taken[step] ?? 0) * ((logs[own]?.[step] ?? 0) - (next < 0 ? 0 : (logs[next]?.[step] ?? 0))));
      taken[step] = 0;
    }
  }
  return reasons;
}

function flowOf({ names, cohorts, chains }: JourneyModel): CohortPicture {
  const kinds = names.length;
  return {
    kind: 'flow',
    data: {
      cohorts: cohorts.map(({ follows, paths }, cohort) => ({
        cohort,
        steps: follows.follows
          .map((count, at) => ({
            from: names[Math.floor(at / kinds)] ?? '',
            to: names[at % kinds] ?? '',
            count,
            probability: chains[cohort]?.[kinds + Math.floor(at / kinds) * (kinds + 1) + (at % kinds)] ?? 0,
          }))
          .filter(({ count }) => count > 0)
          .sort((one, other) => other.count - one.count)
          .slice(0, stepsShown),
        paths: paths.map(({ path, probability }) => ({ events: [...path], probability })),
      })),
    },
  };
}
