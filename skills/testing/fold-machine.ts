/**
 * One step of a skill machine as the orchestrator takes it: state and event in; state, requests and timers out. The copy of
 * the state that comes back has gone through JSON, as it does in the run store.
 */
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';

import { canonicalJson } from '../sdk/index.ts';

export interface MachineEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Request {
  readonly kind: string;
  readonly input: unknown;
}

export interface Fold {
  readonly state: string;
  readonly isFinal: boolean;
  readonly context: unknown;
  readonly requests: readonly Request[];
  /** Timers set by this step: id → event. */
  readonly timersSet: Readonly<Record<string, MachineEvent>>;
  readonly timersCleared: readonly string[];
  /** Actions that are neither requests nor timers. */
  readonly otherActions: readonly string[];
  readonly output: unknown;
  /** Bytes of the state as canonical JSON. */
  readonly bytes: number;
}

interface Action {
  readonly type: string;
  readonly params?: unknown;
}

export function startFold(machine: AnyStateMachine, start: unknown): Fold {
  const [snapshot, actions] = initialTransition(machine, start);
  return foldOf(snapshot, actions);
}

export function stepFold(machine: AnyStateMachine, from: Fold, event: MachineEvent): Fold {
  const restored = machine.resolveState({ value: from.state, context: from.context });
  const [snapshot, actions] = transition(machine, restored, event);
  return foldOf(snapshot, actions);
}

/** @throws {CohortiumError} ARGUMENT_INVALID naming the place of what JSON cannot carry */
function foldOf(snapshot: AnyMachineSnapshot, actions: readonly Action[]): Fold {
  const requests: Request[] = [];
  const timersSet: Record<string, MachineEvent> = {};
  const timersCleared: string[] = [];
  const otherActions: string[] = [];
  for (const { type, params } of actions) {
    const given = (params ?? {}) as Readonly<Record<string, unknown>>; // XState types action parameters as unknown
    if (type === 'requestEffect') requests.push({ kind: String(given['kind']), input: throughJson(given['input'] ?? {}) });
    else if (type === 'xstate.raise' && given['delay'] !== undefined) timersSet[String(given['id'])] = given['event'] as MachineEvent; // of an `after`
    else if (type === 'xstate.cancel') timersCleared.push(String(given['sendId']));
    else otherActions.push(type);
  }
  const text = canonicalJson({ value: snapshot.value, context: snapshot.context });
  const isFinal = snapshot.status !== 'active';
  return {
    state: typeof snapshot.value === 'string' ? snapshot.value : JSON.stringify(snapshot.value),
    isFinal,
    context: (JSON.parse(text) as { readonly context: unknown }).context, // written two lines above
    requests,
    timersSet,
    timersCleared,
    otherActions,
    output: isFinal ? throughJson(snapshot.output ?? null) : null,
    bytes: Buffer.byteLength(text),
  };
}

function throughJson(value: unknown): unknown {
  return JSON.parse(canonicalJson(value));
}
