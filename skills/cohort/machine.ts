/**
 * Value: features as of today and as of the cut-off, then fit, value and axes. Cohorts: window features, the runs before, one
 * computation per definition. Then one publication of both. Either half can be left out; one effect after the other. Without refit:
 * who was touched, window features of these, one assignment by the models that are there, one partial publication. Retries are
 * the pipeline's.
 */
import { assign } from 'xstate';

import { type EffectFailure, type EffectRequest, skillSetup } from '../sdk/index.ts';
import { daysBefore } from './core/civil-date.ts';
import { linkedMethods } from './definitions/definition.ts';
import {
  type AssignOutput,
  type AxesOutput,
  type CohortConfig,
  type CohortInput,
  type CohortOutput,
  type CollectOutput,
  configSchema,
  type FeatureOutput,
  type FitOutput,
  inputSchema,
  type LatestOutput,
  type MethodsOutput,
  type PublishOutput,
  type TouchedOutput,
  type ValueConfig,
  type ValueOutput,
  type WindowsOutput,
} from './schemas.ts';

export interface Context {
  readonly input: CohortInput;
  readonly config: CohortConfig;
  readonly asOf: string;
  /** Last day of the calibration period: the holdout is the horizon before the as-of day. */
  readonly cutoff: string;
  readonly features: FeatureOutput | null;
  readonly earlier: FeatureOutput | null;
  readonly fitted: FitOutput | null;
  readonly valued: ValueOutput | null;
  readonly assigned: AxesOutput | null;
  readonly windows: WindowsOutput | null;
  readonly latest: LatestOutput | null;
  readonly touched: TouchedOutput | null;
  readonly placed: AssignOutput | null;
  /** Of the definitions that are computed, in their order. */
  readonly computed: readonly MethodsOutput[];
  readonly collected: CollectOutput | null;
  readonly published: PublishOutput | null;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Replies = {
  'features.build': FeatureOutput;
  'features.holdout': FeatureOutput;
  'clv.fit': FitOutput;
  'clv.value': ValueOutput;
  'axes.assign': AxesOutput;
  'features.windows': WindowsOutput;
  'memberships.latest': LatestOutput;
  'features.touched': TouchedOutput;
  'methods.assign': AssignOutput;
  'methods.compute': MethodsOutput;
  'cohorts.collect': CollectOutput;
  'memberships.publish': PublishOutput;
};
type Output = CohortOutput | { readonly error: Context['error'] };

export const machine = skillSetup<Context, Replies, Output>().createMachine({
  id: 'cohort',
  context: ({ input }) => {
    const config = configSchema.parse(input.config);
    return {
      input: inputSchema.parse(input.input),
      config,
      asOf: input.asOf,
      cutoff: daysBefore(input.asOf, config.horizonDays),
      features: null,
      earlier: null,
      fitted: null,
      valued: null,
      assigned: null,
      windows: null,
      latest: null,
      touched: null,
      placed: null,
      computed: [],
      collected: null,
      published: null,
      error: null,
    };
  },
  initial: 'features',
  states: {
    features: {
      entry: {
        type: 'requestEffect',
        // Without value there is one beginning less: the window features are the first thing asked for.
        params: ({ context }) => firstRequest(context),
      },
      on: {
        'memberships.latest.ok': [
          {
            guard: ({ context, event }) => whyNotUpdated(event.output, context.asOf) === null,
            target: 'touching',
            actions: assign({ latest: ({ event }) => event.output }),
          },
          {
            target: 'failed',
            actions: assign({
              error: ({ context, event }) => ({
                code: 'ARGUMENT_INVALID' as const,
                message: whyNotUpdated(event.output, context.asOf) ?? '',
              }),
            }),
          },
        ],
        'memberships.latest.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        'features.windows.ok': { target: 'looking', actions: assign({ windows: ({ event }) => event.output }) },
        'features.windows.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        'features.build.ok': { target: 'holdout', actions: assign({ features: ({ event }) => event.output }) },
        'features.build.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    holdout: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'features.holdout',
          input: { snapshot: context.input.snapshot, asOf: context.cutoff, outcomeDays: context.config.horizonDays },
        }),
      },
      on: {
        'features.holdout.ok': { target: 'fitting', actions: assign({ earlier: ({ event }) => event.output }) },
        'features.holdout.failed': {
          target: 'failed',
          actions: assign({ error: ({ context, event }) => holdoutFailure(event.error, context.cutoff) }),
        },
        cancel: 'cancelled',
      },
    },
    fitting: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'clv.fit',
          input: {
            accounts: context.features?.accounts,
            cells: context.features?.cells,
            visits: context.features?.visits,
            weekly: context.features?.weekly,
            holdoutAccounts: context.earlier?.accounts,
            holdoutCells: context.earlier?.cells,
            holdoutVisits: context.earlier?.visits,
            holdoutProfiles: context.earlier?.profiles,
            config: valueConfigOf(context.config),
            asOf: context.asOf,
            cutoff: context.cutoff,
          },
        }),
      },
      on: {
        'clv.fit.ok': { target: 'valuing', actions: assign({ fitted: ({ event }) => event.output }) },
        'clv.fit.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    valuing: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'clv.value',
          input: {
            model: context.fitted?.model,
            priors: context.fitted?.priors,
            cellShares: context.fitted?.cellShares,
            accountShares: context.fitted?.accountShares,
            accounts: context.features?.accounts,
            profiles: context.features?.profiles,
            cells: context.features?.cells,
            weekly: context.features?.weekly,
            holdoutAccounts: context.earlier?.accounts,
            holdoutProfiles: context.earlier?.profiles,
            config: valueConfigOf(context.config),
          },
        }),
      },
      on: {
        'clv.value.ok': { target: 'assigning', actions: assign({ valued: ({ event }) => event.output }) },
        'clv.value.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    assigning: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'axes.assign',
          input: {
            accounts: context.features?.accounts,
            profiles: context.features?.profiles,
            visits: context.features?.visits,
            config: valueConfigOf(context.config),
          },
        }),
      },
      on: {
        'axes.assign.ok': [
          {
            guard: ({ context }) => context.config.cohorts,
            target: 'windows',
            actions: assign({ assigned: ({ event }) => event.output }),
          },
          { target: 'publishing', actions: assign({ assigned: ({ event }) => event.output }) },
        ],
        'axes.assign.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    windows: {
      entry: { type: 'requestEffect', params: ({ context }) => windowsRequest(context) },
      on: {
        'features.windows.ok': { target: 'looking', actions: assign({ windows: ({ event }) => event.output }) },
        'features.windows.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    looking: {
      entry: { type: 'requestEffect', params: { kind: 'memberships.latest', input: {} } },
      on: {
        'memberships.latest.ok': { target: 'computing', actions: assign({ latest: ({ event }) => event.output }) },
        'memberships.latest.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    computing: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => {
          const definition = context.config.definitions[context.computed.length];
          return {
            kind: 'methods.compute',
            input: {
              definition,
              asOf: context.asOf,
              // Not of the day: the same start every day moves fewer customers for no reason of theirs.
              seed: `${definition?.id ?? ''}@${definition?.version ?? 0}`,
              features: context.windows,
              previous: context.latest?.previous ?? null,
            },
          };
        },
      },
      on: {
        'methods.compute.ok': [
          {
            guard: ({ context }) => context.computed.length + 1 < context.config.definitions.length,
            target: 'computing',
            reenter: true,
            actions: assign({ computed: ({ context, event }) => [...context.computed, event.output] }),
          },
          { target: 'collecting', actions: assign({ computed: ({ context, event }) => [...context.computed, event.output] }) },
        ],
        'methods.compute.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    touching: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { input, asOf, latest } }) => ({
          kind: 'features.touched',
          input: {
            previous: { snapshot: latest?.since?.snapshot, asOf: latest?.since?.asOf },
            snapshot: input.snapshot,
            asOf,
          },
        }),
      },
      on: {
        'features.touched.ok': [
          {
            guard: ({ event }) => event.output.touched.rows === 0,
            target: 'done',
            actions: assign({ touched: ({ event }) => event.output }),
          },
          { target: 'narrowing', actions: assign({ touched: ({ event }) => event.output }) },
        ],
        'features.touched.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    narrowing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { input, asOf, touched } }) => ({
          kind: 'features.windows',
          input: { snapshot: input.snapshot, asOf, only: touched?.touched },
        }),
      },
      on: {
        'features.windows.ok': { target: 'placing', actions: assign({ windows: ({ event }) => event.output }) },
        'features.windows.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    placing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { config, asOf, windows, latest } }) => ({
          kind: 'methods.assign',
          input: { definitions: config.definitions, asOf, features: windows, previous: latest?.previous ?? null },
        }),
      },
      on: {
        'methods.assign.ok': { target: 'publishing', actions: assign({ placed: ({ event }) => event.output }) },
        'methods.assign.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    collecting: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'cohorts.collect',
          input: { parts: context.computed.map(({ runs }) => runs), customers: context.windows?.customers },
        }),
      },
      on: {
        'cohorts.collect.ok': { target: 'publishing', actions: assign({ collected: ({ event }) => event.output }) },
        'cohorts.collect.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    publishing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { input, assigned, features, collected, placed, touched, windows, asOf } }) => ({
          kind: 'memberships.publish',
          input: {
            runs: collected?.runs ?? placed?.runs ?? null,
            customers: (collected ?? placed) ? (windows?.customers ?? null) : null,
            ...(placed && { isPartial: true, touched: touched?.touched ?? null }),
            memberships: assigned?.memberships ?? null,
            accounts: assigned ? (features?.accounts ?? null) : null,
            asOf,
            snapshot: input.snapshot,
          },
        }),
      },
      on: {
        'memberships.publish.ok': { target: 'done', actions: assign({ published: ({ event }) => event.output }) },
        'memberships.publish.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
  output: ({ context }) => outputOf(context) ?? { error: context.error },
});

function failureOf({ code, message }: EffectFailure): Context['error'] {
  return { code, message };
}

/** An empty graph at the cut-off is not an empty graph: the history starts later. */
function holdoutFailure(error: EffectFailure, cutoff: string): Context['error'] {
  if (error.code !== 'GRAPH_EMPTY') return failureOf(error);
  const message = `nobody had bought anything by ${cutoff}, one horizon before the as-of day; the holdout needs purchases before it`;
  return { code: 'GRAPH_HISTORY_SHORT', message };
}

function firstRequest(context: Context): EffectRequest {
  const { value, refit, definitions } = context.config;
  if (!refit) {
    // Those that wait for a computation would hold the others to what it rested on.
    const updated = definitions.filter(({ method }) => !linkedMethods.includes(method));
    return { kind: 'memberships.latest', input: { definitions: updated.map(({ id }) => id) } };
  }
  return value ? buildRequest(context) : windowsRequest(context);
}

/** Models are of their day: they say nothing of days before it. */
function whyNotUpdated({ since }: LatestOutput, asOf: string): string | null {
  if (since === null) return 'none of the definitions was ever computed with what an update needs; compute them first';
  if (asOf >= since.newest) return null;
  return `memberships are as of ${since.newest} already; an update takes that day or a later one, found ${asOf}`;
}

function buildRequest({ input, asOf }: Context): EffectRequest {
  return { kind: 'features.build', input: { snapshot: input.snapshot, asOf, outcomeDays: 0 } };
}

function windowsRequest({ input, asOf }: Context): EffectRequest {
  return { kind: 'features.windows', input: { snapshot: input.snapshot, asOf } };
}

/** What value depends on: cohort definitions are none of its business, and would make its inputs large. */
function valueConfigOf({
  value: _value,
  cohorts: _cohorts,
  refit: _refit,
  definitions: _definitions,
  ...config
}: CohortConfig): ValueConfig {
  return config;
}

function outputOf(context: Context): CohortOutput | undefined {
  const { config, windows, collected, published } = context;
  if (!config.refit) return updateOf(context);
  if (!published) return undefined;
  const value = config.value ? valueOutputOf(context, published) : withoutValue;
  if (!value) return undefined;
  const { version, joined, left, moved } = published;
  return {
    ...value,
    cohortRuns: collected?.runs ?? null,
    cohortCustomers: collected ? (windows?.customers ?? null) : null,
    cohortSummary: collected && { ...collected.counts, membershipVersion: version, joined, left, moved },
    cohortUpdate: null,
  };
}

function updateOf({ touched, windows, placed, published }: Context): CohortOutput | undefined {
  // Nobody was touched, or all has been published.
  if (!touched || (touched.touched.rows > 0 && !published)) return undefined;
  return {
    ...withoutValue,
    cohortRuns: null,
    cohortCustomers: null,
    cohortSummary: null,
    cohortUpdate: {
      touched: touched.touched.rows,
      customers: windows?.customers.rows ?? 0,
      windows: placed?.runs.rows ?? 0,
      waiting: placed?.waiting ?? null,
      runs: placed?.runs ?? null,
      membershipVersion: published?.version ?? null,
      joined: published?.joined ?? 0,
      left: published?.left ?? 0,
      moved: published?.moved ?? 0,
    },
  };
}

type ValuePart = Omit<CohortOutput, `cohort${string}`>;

const withoutValue: ValuePart = {
  accounts: null,
  profiles: null,
  model: null,
  priors: null,
  cells: null,
  scores: null,
  holdout: null,
  tracking: null,
  grain: null,
  attributions: null,
  importance: null,
  memberships: null,
  summary: null,
};

function valueOutputOf({ features, fitted, valued, assigned }: Context, published: PublishOutput): ValuePart | undefined {
  if (!features || !fitted || !valued || !assigned) return undefined;
  const { cells, scores, holdout, tracking, grain, attributions, importance, clvTotalMinor, combinations } = valued;
  return {
    accounts: features.accounts,
    profiles: features.profiles,
    model: fitted.model,
    priors: fitted.priors,
    cells,
    scores,
    holdout,
    tracking,
    grain,
    attributions,
    importance,
    memberships: assigned.memberships,
    summary: {
      customers: features.accounts.rows,
      cells: cells.rows,
      combinations,
      timing: fitted.timing,
      shares: fitted.shares,
      concentration: fitted.concentration,
      clvTotalMinor,
      membershipVersion: published.version,
      joined: published.joined,
      left: published.left,
    },
  };
}
