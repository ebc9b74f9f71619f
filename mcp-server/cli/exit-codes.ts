/** What the exit code of the command line means. Scripts rely on it: a change here is a change of the interface. */
import type { ErrorCode } from '../../skills/sdk/index.ts';

export const exitCodes = {
  ok: 0,
  negative: 1,
  usage: 2,
  /** Of `replay` only. */
  diverged: 2,
  badInput: 3,
  /** Of `replay` only. */
  erased: 3,
  store: 4,
  internal: 5,
  bytesDiffer: 6,
  inputsGone: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For help and docs, in order. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [0, 'done'],
  [1, 'done, and the answer is no: not verified, held back, failed, faulty'],
  [2, 'the command line was not understood, or an argument is not acceptable; replay: computed again, a result differs'],
  [3, 'something given is wrong or absent: a file, an id, a configuration, a policy; replay: something that a stage rests on was erased'],
  [4, 'the store is busy, full, damaged, or closed to this user'],
  [5, 'a bug'],
  [6, 'reproduce: the measures are equal, the bytes are not'],
  [7, 'reproduce and replay: what it was made from is gone'],
  [130, 'stopped with Ctrl-C; finished work is kept'],
];

const negative: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RUN_FAILED',
  'REPLAY_DIFFERS',
  'EFFECT_FAILED',
  'EFFECT_TIMEOUT',
  'EMISSION_REJECTED',
  'ANCHOR_NOT_LOCKED',
  'ANCHOR_STALE',
  'TIMESTAMP_INVALID',
  'WITNESS_REFUSED',
]);

/** The exit code for a command that ended with an error. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (code === 'INTERNAL') return exitCodes.internal;
  if (code === 'RUN_CANCELLED') return exitCodes.interrupted;
  if (code === 'ARGUMENT_INVALID') return exitCodes.usage;
  if (code.startsWith('STORE_') || code.startsWith('CONTENT_')) return exitCodes.store;
  if (code.startsWith('LEDGER_') || negative.has(code)) return exitCodes.negative;
  return exitCodes.badInput;
}
