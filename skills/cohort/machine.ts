/**
 * Features as of today and as of the cut-off, then fit, value, cohorts and their publication, one effect after the other.
 * Retries are the pipeline's.
 */
import { assign } from 'xstate';

import { type EffectFailure, skillSetup } from '../sdk/index.ts';
import { daysBefore } from './core/civil-date.ts';
import {
  type AxesOutput,
  type CohortConfig,
  type CohortInput,
  type CohortOutput,
  configSchema,
  type FeatureOutput,
  type FitOutput,
  inputSchema,
  type PublishOutput,
  type ValueOutput,
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
      published: null,
      error: null,
    };
  },
  initial: 'features',
  states: {
    features: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'features.build',
          input: { snapshot: context.input.snapshot, asOf: context.asOf, outcomeDays: 0 },
        }),
      },
      on: {
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
            config: context.config,
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
            config: context.config,
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
            config: context.config,
          },
        }),
      },
      on: {
        'axes.assign.ok': { target: 'publishing', actions: assign({ assigned: ({ event }) => event.output }) },
        'axes.assign.failed': { target: 'failed', actions: assign({ error: ({ event }) => failureOf(event.error) }) },
        cancel: 'cancelled',
      },
    },
    publishing: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'memberships.publish',
          input: { memberships: context.assigned?.memberships, accounts: context.features?.accounts, asOf: context.asOf },
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

function outputOf({ features, fitted, valued, assigned, published }: Context): CohortOutput | undefined {
  if (!features || !fitted || !valued || !assigned || !published) return undefined;
  const { cells, scores, holdout, tracking, grain, clvTotalMinor, combinations } = valued;
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
