/** Two effects in a row: fit the calibration on the holdout, then apply it to the scores. Retries are the pipeline's. */
import { assign } from 'xstate';

import { type EffectFailure, skillSetup } from '../sdk/index.ts';
import {
  type ApplyOutput,
  configSchema,
  type FitOutput,
  inputSchema,
  type RecalibrateConfig,
  type RecalibrateInput,
  type RecalibrateOutput,
} from './schemas.ts';

export interface Context {
  readonly input: RecalibrateInput;
  readonly config: RecalibrateConfig;
  readonly asOf: string;
  readonly fitted: FitOutput | null;
  readonly applied: ApplyOutput | null;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Replies = { 'calibration.fit': FitOutput; 'calibration.apply': ApplyOutput };
type Output = RecalibrateOutput | { readonly error: Context['error'] };

export const machine = skillSetup<Context, Replies, Output>().createMachine({
  id: 'recalibrate',
  context: ({ input }) => ({
    input: inputSchema.parse(input.input),
    config: configSchema.parse(input.config),
    asOf: input.asOf,
    fitted: null,
    applied: null,
    error: null,
  }),
  initial: 'fitting',
  states: {
    fitting: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => ({
          kind: 'calibration.fit',
          input: { holdout: context.input.holdout, grain: context.input.grain, config: context.config, asOf: context.asOf },
        }),
      },
      on: {
        'calibration.fit.ok': { target: 'applying', actions: assign({ fitted: ({ event }) => event.output }) },
        'calibration.fit.failed': {
          target: 'failed',
          actions: assign({ error: ({ event }) => ({ code: event.error.code, message: event.error.message }) }),
        },
        cancel: 'cancelled',
      },
    },
    applying: {
      entry: {
        type: 'requestEffect',
        params: ({ context }) => {
          const { holdout: _seen, ...rest } = context.input;
          return {
            kind: 'calibration.apply',
            input: { ...rest, calibration: context.fitted?.calibration, drift: context.config.drift, asOf: context.asOf },
          };
        },
      },
      on: {
        'calibration.apply.ok': { target: 'done', actions: assign({ applied: ({ event }) => event.output }) },
        'calibration.apply.failed': {
          target: 'failed',
          actions: assign({ error: ({ event }) => ({ code: event.error.code, message: event.error.message }) }),
        },
        cancel: 'cancelled',
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
  output: ({ context }) => (context.fitted && context.applied ? { ...context.fitted, ...context.applied } : { error: context.error }),
});
