/** One effect: seal what was captured, and put out the snapshot that the rest of the run reads. Retries are the pipeline's. */
import { assign } from 'xstate';

import { type EffectFailure, skillSetup } from '../sdk/index.ts';
import type { SignalCaptureOutput } from './schemas.ts';

export interface Context {
  readonly sealed: SignalCaptureOutput | null;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Output = SignalCaptureOutput | { readonly error: Context['error'] };

export const machine = skillSetup<Context, { 'log.seal': SignalCaptureOutput }, Output>().createMachine({
  id: 'signal-capture',
  context: { sealed: null, error: null },
  initial: 'sealing',
  states: {
    sealing: {
      entry: { type: 'requestEffect', params: { kind: 'log.seal', input: {} } },
      on: {
        'log.seal.ok': { target: 'done', actions: assign({ sealed: ({ event }) => event.output }) },
        'log.seal.failed': {
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
  output: ({ context }) => context.sealed ?? { error: context.error },
});
