/** Compose, append part after part, and say where each decision was written. Retries are the pipeline's. */
import { assign } from 'xstate';
import type { z } from 'zod';

import { type EffectFailure, refSchema, type SkillStart, skillSetup } from '../sdk/index.ts';
import type { appendOutput, AuditOutput, composeOutput, receiptsOutput } from './schemas.ts';

type Replies = {
  readonly 'records.compose': z.infer<typeof composeOutput>;
  readonly 'ledger.append': z.infer<typeof appendOutput>;
  readonly 'receipts.list': z.infer<typeof receiptsOutput>;
};

export interface Context {
  readonly start: SkillStart;
  readonly composed: Replies['records.compose'] | null;
  /** What the ledger answered to each part so far. */
  readonly appended: readonly Replies['ledger.append'][];
  readonly listed: Replies['receipts.list'] | null;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Output = AuditOutput | { readonly error: Context['error'] };

const audit = skillSetup<Context, Replies, Output>();

const fail = audit.assign({
  error: ({ event }) => ('error' in event ? { code: event.error.code, message: event.error.message } : null),
});

/** Checked by the schema of the input. */
const rowsOf = (ref: unknown): number => refSchema.parse(ref).rows;

export const machine = audit.createMachine({
  id: 'audit',
  context: ({ input }) => ({ start: input, composed: null, appended: [], listed: null, error: null }),
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
        params: ({ context: { composed, appended } }) => ({
          kind: 'ledger.append',
          input: { records: composed?.parts[appended.length] },
        }),
      },
      on: {
        'ledger.append.ok': [
          {
            guard: ({ context: { composed, appended } }) => appended.length + 1 < (composed?.parts.length ?? 0),
            target: 'appending',
            reenter: true,
            actions: assign({ appended: ({ context, event }) => [...context.appended, event.output] }),
          },
          { target: 'listing', actions: assign({ appended: ({ context, event }) => [...context.appended, event.output] }) },
        ],
        'ledger.append.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    listing: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start, appended } }) => ({
          kind: 'receipts.list',
          input: {
            decisions: start.input['decisions'],
            accounts: rowsOf(start.input['accounts']),
            indexes: appended.map(({ indexes }) => indexes),
          },
        }),
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
  output: ({ context: { appended, listed, error } }) => {
    const last = appended.at(-1);
    return last && listed
      ? { receipts: listed.receipts, ledgerFirst: listed.run, ledgerSize: last.size, ledgerRoot: last.root }
      : { error };
  },
});
