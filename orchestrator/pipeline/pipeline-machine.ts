/**
 * The machine of a pipeline: a pure reducer that says which steps start, wait, repeat or are skipped. Each step is a machine
 * of its own; this one only sees that it was done or failed.
 */
import { enqueueActions, initialTransition, setup, transition } from 'xstate';

import type { Json } from '../../skills/sdk/index.ts';
import { isMet } from './predicate.ts';
import type { PlannedPipeline, PlannedStep } from './schema.ts';

export type StepState = 'pending' | 'waiting-approval' | 'running' | 'waiting-retry' | 'completed' | 'skipped' | 'failed' | 'cancelled';

export interface StepProgress {
  readonly state: StepState;
  readonly attempts: number;
  readonly approved: boolean;
  readonly output: Json;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface PipelineContext {
  readonly plan: PlannedPipeline;
  readonly steps: Readonly<Record<string, StepProgress>>;
  readonly [key: string]: unknown;
}

export type PipelineEvent =
  | { readonly type: 'step.ok'; readonly step: string; readonly attempt: number; readonly output: Json }
  | {
      readonly type: 'step.failed';
      readonly step: string;
      readonly attempt: number;
      readonly error: { readonly code: string; readonly message: string };
    }
  | { readonly type: 'step.retry'; readonly step: string }
  | { readonly type: 'step.timeout'; readonly step: string; readonly attempt: number }
  | { readonly type: 'step.approve'; readonly step: string }
  | { readonly type: 'step.reject'; readonly step: string; readonly by: string }
  | { readonly type: 'cancel' };

/** Kinds that the runner performs itself, inside the same transaction as the fold. */
export const stepStart = 'step.start';
export const stepCancel = 'step.cancel';

interface Request {
  readonly type: 'requestEffect' | 'setTimer' | 'clearTimer';
  readonly params: Readonly<Record<string, unknown>>;
}

interface Change {
  readonly steps: Readonly<Record<string, StepProgress>>;
  readonly requests: readonly Request[];
}

const fresh: StepProgress = { state: 'pending', attempts: 0, approved: false, output: null, error: null };

/** The machine is the same for every pipeline; the plan is its input and stays in its context. */
export const pipelineMachine = setup({
  types: {} as { context: PipelineContext; events: PipelineEvent; input: { readonly plan: PlannedPipeline } },
  actions: {
    requestEffect: (_arguments: unknown, _request: { kind: string; input: unknown }) => {},
    setTimer: (_arguments: unknown, _timer: { id: string; delayMs: number; event: unknown }) => {},
    clearTimer: (_arguments: unknown, _timer: { id: string }) => {},
    advance: enqueueActions(({ context, event, enqueue }) => {
      const { steps, requests } = advance(context.plan, applyEvent(context, event as PipelineEvent | { readonly type: 'xstate.init' }));
      enqueue.assign({ steps });
      for (const { type, params } of requests) enqueue({ type, params } as never); // params fit the action named by type
    }),
  },
}).createMachine({
  id: 'pipeline',
  context: ({ input }) => ({ plan: input.plan, steps: Object.fromEntries(input.plan.steps.map(({ id }) => [id, fresh])) }),
  initial: 'running',
  states: {
    running: {
      entry: 'advance',
      on: { '*': { actions: 'advance' } },
      always: [
        { guard: ({ context }) => isOver(context) && hasState(context, 'cancelled'), target: 'cancelled' },
        { guard: ({ context }) => isOver(context) && hasState(context, 'failed'), target: 'failed' },
        { guard: ({ context }) => isOver(context), target: 'done' },
      ],
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
});

function isOver(context: PipelineContext): boolean {
  return Object.values(context.steps).every(({ state }) => isSettled(state));
}

function hasState(context: PipelineContext, wanted: StepState): boolean {
  return Object.values(context.steps).some(({ state }) => state === wanted);
}

function isSettled(state: StepState): boolean {
  return state === 'completed' || state === 'skipped' || state === 'failed' || state === 'cancelled';
}

function applyEvent(context: PipelineContext, event: PipelineEvent | { readonly type: 'xstate.init' }): Change {
  const { steps, plan } = context;
  if (event.type === 'xstate.init') return { steps, requests: [] };
  if (event.type === 'cancel') {
    const open = Object.entries(steps).filter(([, { state }]) => !isSettled(state));
    return {
      steps: { ...steps, ...Object.fromEntries(open.map(([id, progress]) => [id, { ...progress, state: 'cancelled' as const }])) },
      requests: open.flatMap(([id, progress]) => [
        ...clearTimers(id),
        ...(progress.state === 'running' ? [cancelStep(id, progress.attempts)] : []),
      ]),
    };
  }
  const progress = steps[event.step];
  const step = plan.steps.find(({ id }) => id === event.step);
  if (!progress || !step) return { steps, requests: [] };
  const put = (change: Partial<StepProgress>, requests: readonly Request[] = []): Change => ({
    steps: { ...steps, [event.step]: { ...progress, ...change } },
    requests,
  });
  switch (event.type) {
    case 'step.approve':
      return progress.state === 'waiting-approval' ? put({ state: 'pending', approved: true }) : put({});
    case 'step.reject':
      return progress.state === 'waiting-approval'
        ? put({ state: 'failed', error: { code: 'RUN_CANCELLED', message: `step '${step.id}' was rejected by ${event.by}` } })
        : put({});
    case 'step.retry':
      return progress.state === 'waiting-retry' ? put({ state: 'pending' }) : put({});
    case 'step.ok':
      // A reply of an attempt that was given up earlier changes nothing.
      return progress.state === 'running' && progress.attempts === event.attempt
        ? put({ state: 'completed', output: event.output, error: null }, clearTimers(step.id))
        : put({});
    case 'step.failed':
      return progress.state === 'running' && progress.attempts === event.attempt ? failOrRetry(step, progress, event.error, put) : put({});
    default: {
      event satisfies { readonly type: 'step.timeout' };
      if (progress.state !== 'running' || progress.attempts !== event.attempt) return put({});
      const error = { code: 'EFFECT_TIMEOUT', message: `step '${step.id}' took longer than ${step.timeoutMs} ms` };
      const change = failOrRetry(step, progress, error, put);
      return { ...change, requests: [cancelStep(step.id, progress.attempts), ...change.requests] };
    }
  }
}

function failOrRetry(
  step: PlannedStep,
  progress: StepProgress,
  error: NonNullable<StepProgress['error']>,
  put: (change: Partial<StepProgress>, requests: readonly Request[]) => Change,
): Change {
  if (progress.attempts >= step.attempts) return put({ state: 'failed', error }, clearTimers(step.id));
  let delayMs = step.backoffMs;
  for (let attempt = 1; attempt < progress.attempts; attempt++) delayMs *= step.backoffFactor;
  return put({ state: 'waiting-retry', error }, [
    ...clearTimers(step.id),
    { type: 'setTimer', params: { id: `retry:${step.id}`, delayMs: Math.round(delayMs), event: { type: 'step.retry', step: step.id } } },
  ]);
}

/** Starts, parks or skips every step whose turn has come. */
function advance(plan: PlannedPipeline, change: Change): Change {
  let steps = change.steps;
  const requests = [...change.requests];
  for (let moved = true; moved;) {
    moved = false;
    for (const step of plan.steps) {
      const progress = steps[step.id];
      if (progress?.state !== 'pending') continue;
      const before = step.after.map((id) => steps[id]?.state ?? 'failed');
      if (!before.every(isSettled)) continue;
      const next = startOrSkip(step, progress, steps, requests);
      if (next.state === progress.state) continue;
      steps = { ...steps, [step.id]: next };
      moved = true;
    }
  }
  return { steps, requests };
}

function startOrSkip(
  step: PlannedStep,
  progress: StepProgress,
  steps: Readonly<Record<string, StepProgress>>,
  requests: Request[],
): StepProgress {
  const isCutOff = step.after.some((id) => steps[id]?.state === 'failed' || steps[id]?.state === 'cancelled');
  const lacksInput = Object.values(step.binds).some((id) => steps[id]?.state !== 'completed');
  const outputs = Object.fromEntries(Object.entries(steps).map(([id, { output }]) => [id, output]));
  if (isCutOff || lacksInput || (step.when && !isMet(step.when, outputs))) return { ...progress, state: 'skipped' };
  if (step.approver !== null && !progress.approved) return { ...progress, state: 'waiting-approval' };
  const attempt = progress.attempts + 1;
  const input = Object.fromEntries(Object.entries(step.binds).map(([field, id]) => [field, fieldOf(steps[id]?.output, field)]));
  requests.push({ type: 'requestEffect', params: { kind: stepStart, input: { step: step.id, attempt, input } } });
  if (step.timeoutMs !== null) {
    const event = { type: 'step.timeout', step: step.id, attempt };
    requests.push({ type: 'setTimer', params: { id: `timeout:${step.id}`, delayMs: step.timeoutMs, event } });
  }
  return { ...progress, state: 'running', attempts: attempt };
}

function fieldOf(output: Json | undefined, field: string): Json {
  if (typeof output !== 'object' || output === null) return null;
  return (Object.entries(output).find(([key]) => key === field)?.[1] ?? null) as Json; // outputs are stored as JSON
}

function cancelStep(step: string, attempt: number): Request {
  return { type: 'requestEffect', params: { kind: stepCancel, input: { step, attempt } } };
}

function clearTimers(step: string): Request[] {
  return [`timeout:${step}`, `retry:${step}`].map((id) => ({ type: 'clearTimer', params: { id } }));
}

/**
 * Plays a pipeline in memory: asks for the next event until there is none or the pipeline is over. For tests of pipelines.
 * @returns how each step ended
 */
export function playPipeline(
  plan: PlannedPipeline,
  next: (steps: Readonly<Record<string, StepProgress>>) => PipelineEvent | undefined,
): Readonly<Record<string, StepProgress>> {
  let [snapshot] = initialTransition(pipelineMachine, { plan });
  while (snapshot.status === 'active') {
    const event = next(snapshot.context.steps);
    if (!event) break;
    [snapshot] = transition(pipelineMachine, snapshot, event);
  }
  return snapshot.context.steps;
}
