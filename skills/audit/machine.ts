/** Compose, append, and say where each decision was written. Retries are the pipeline's. */
import { assign } from 'xstate';
import type { z } from 'zod';

import { type EffectFailure, type SkillStart, skillSetup } from '../sdk/index.ts';
import type { appendOutput, AuditOutput, composeOutput, receiptsOutput } from './schemas.ts';

type Replies = {
  readonly 'records.compose': z.infer<typeof composeOutput>;
  readonly 'ledger.append': z.infer<typeof appendOutput>;
  readonly 'receipts.list': z.infer<typeof receiptsOutput>;
};

export interface Context {
  readonly start: SkillStart;
  readonly composed: Replies['records.compose'] | null;
  readonly appended: Replies['ledger.append'] | null;
  readonly listed: Replies['receipts.list'] | null;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Output = AuditOutput | { readonly error: Context['error'] };

const audit = skillSetup<Context, Replies, Output>();

const fail = audit.assign({
  error: ({ event }) => ('error' in event ? { code: event.error.code, message: event.error.message } : null),
});

export const machine = audit.createMachine({
  id: 'audit',
  context: ({ input }) => ({ start: input, composed: null, appended: null, listed: null, error: null }),
  initial: 'composing',
  states: {
    composing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start } }) => ({ kind: 'records.compose', input: { ...start.input, asOf: start.asOf } }),
      },
      on: {
        'records.compose.ok': { target: 'appending', actions: assign({ composed: ({ event }) => event.output }) },
        'records.compose.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    appending: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { composed } }) => ({ kind: 'ledger.append', input: { records: composed?.records } }),
      },
      on: {
        'ledger.append.ok': { target: 'listing', actions: assign({ appended: ({ event }) => event.output }) },
        'ledger.append.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    listing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { appended } }) => ({ kind: 'receipts.list', input: { indexes: appended?.indexes } }),
      },
      on: {
        'receipts.list.ok': { target: 'done', actions: assign({ listed: ({ event }) => event.output }) },
        'receipts.list.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
  output: ({ context: { appended, listed, error } }) =>
    appended && listed
      ? { receipts: listed.receipts, ledgerFirst: appended.firstIndex, ledgerSize: appended.size, ledgerRoot: appended.root }
      : { error },
});
