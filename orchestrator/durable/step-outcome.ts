/** How a step or a run ended, read from what its machine says. */
import { z } from 'zod';

import { isCohortiumError, type Json, unexpectedWords } from '../../skills/sdk/index.ts';
import type { StepProgress } from '../pipeline/pipeline-machine.ts';
import type { RunState } from './run-store.ts';

export interface StepError {
  readonly code: string;
  readonly message: string;
}

export interface EffectError extends StepError {
  readonly isRejected: boolean;
}

/** Progress of every step in a snapshot of the pipeline machine. */
export function stepsIn(snapshot: Json): Readonly<Record<string, StepProgress>> {
  if (snapshot === null) return {};
  return (snapshot as unknown as { readonly context: { readonly steps: Readonly<Record<string, StepProgress>> } }).context.steps; // a pipeline snapshot
}

export function runState(isActive: boolean, steps: Readonly<Record<string, StepProgress>>): RunState {
  const states = Object.values(steps).map(({ state }) => state);
  if (!isActive) return states.includes('cancelled') ? 'cancelled' : states.includes('failed') ? 'failed' : 'completed';
  return states.includes('waiting-approval') && !states.includes('running') && !states.includes('waiting-retry') ? 'waiting' : 'running';
}

const statedError = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });

/** The error that a failed machine puts out. */
export function errorIn(output: Json): StepError {
  const stated = statedError.safeParse(output);
  if (stated.success) return { code: stated.data.error.code, message: stated.data.error.message };
  return { code: 'INTERNAL', message: 'the step failed without saying why' };
}

/** @param where what was going on, the beginning of the message */
export function failureOf(error: unknown, where: string): StepError {
  return isCohortiumError(error)
    ? { code: error.code, message: `${where}: ${error.message}` }
    : { code: 'INTERNAL', message: `${where}: ${unexpectedWords(error)}` };
}

/** The faults that a schema found, one clause each. */
export function faultsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}
