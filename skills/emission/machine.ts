/**
 * Compose messages, publish the score store, hand the messages to the outbox, deliver. Waits for outstanding
 * acknowledgments a configured number of times; what is still pending then stays in the outbox.
 */
import { assign } from 'xstate';
import type { z } from 'zod';

import { type EffectFailure, type SkillStart, skillSetup } from '../sdk/index.ts';
import type { composeOutput, deliverOutput, EmissionOutput, enqueueOutput, publishOutput } from './schemas.ts';

type Replies = {
  readonly 'emissions.compose': z.infer<typeof composeOutput>;
  readonly 'scores.publish': z.infer<typeof publishOutput>;
  readonly 'outbox.enqueue': z.infer<typeof enqueueOutput>;
  readonly 'outbox.deliver': z.infer<typeof deliverOutput>;
};

export interface Context {
  readonly start: SkillStart;
  readonly composed: Replies['emissions.compose'] | null;
  readonly published: Replies['scores.publish'] | null;
  readonly delivered: Replies['outbox.deliver'] | null;
  readonly waits: number;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Output = EmissionOutput | { readonly error: Context['error'] };

const emission = skillSetup<Context, Replies, Output>();

const fail = emission.assign({
  error: ({ event }) => ('error' in event ? { code: event.error.code, message: event.error.message } : null),
});

const isOutstanding = (delivered: Replies['outbox.deliver'], { waits, start }: Context): boolean =>
  delivered.pending > 0 && waits < Number(start.config['maxWaits'] ?? 0);

export const machine = emission.createMachine({
  id: 'emission',
  context: ({ input }) => ({ start: input, composed: null, published: null, delivered: null, waits: 0, error: null }),
  initial: 'composing',
  states: {
    composing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start } }) => {
          const { priors: _priors, model: _model, accounts: _accounts, ...input } = start.input;
          return { kind: 'emissions.compose', input: { ...input, asOf: start.asOf, batchSize: start.config['batchSize'] } };
        },
      },
      on: {
        'emissions.compose.ok': { target: 'publishing', actions: assign({ composed: ({ event }) => event.output }) },
        'emissions.compose.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    publishing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start } }) => {
          const { calibrated, calibratedCells, currency: _currency, ...rest } = start.input;
          return { kind: 'scores.publish', input: { ...rest, scores: calibrated, cells: calibratedCells, asOf: start.asOf } };
        },
      },
      on: {
        'scores.publish.ok': { target: 'enqueueing', actions: assign({ published: ({ event }) => event.output }) },
        'scores.publish.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    enqueueing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { composed } }) => ({ kind: 'outbox.enqueue', input: { emissions: composed?.emissions } }),
      },
      on: {
        'outbox.enqueue.ok': 'delivering',
        'outbox.enqueue.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    delivering: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { composed } }) => ({ kind: 'outbox.deliver', input: { emissions: composed?.emissions } }),
      },
      on: {
        'outbox.deliver.ok': [
          {
            guard: ({ context, event }) => isOutstanding(event.output, context),
            target: 'waiting',
            actions: assign({ delivered: ({ event }) => event.output, waits: ({ context }) => context.waits + 1 }),
          },
          { target: 'done', actions: assign({ delivered: ({ event }) => event.output }) },
        ],
        'outbox.deliver.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    waiting: { after: { 5000: 'delivering' }, on: { cancel: 'cancelled' } },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
  output: ({ context: { composed, published, delivered, error } }) =>
    composed && published && delivered && !error
      ? {
          sent: delivered.sent,
          acknowledged: delivered.acknowledged,
          dead: delivered.dead,
          pending: delivered.pending,
          items: composed.items,
          scoreVersion: published.version,
        }
      : { error },
});
