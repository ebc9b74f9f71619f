/**
 * One pure step of a machine: state and event in; next state, requested effects and timers out. Nothing is performed and
 * nothing is stored here. Refuses what could not be stored: state or requests that are not plain JSON or over 64 KiB.
 */
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';

import { canonicalJson, CohortiumError, type Digest, digestOf, type Json } from '../../skills/sdk/index.ts';

export const payloadLimit = 65_536;

export interface TimerChange {
  readonly id: string;
  /** Absent to clear the timer. */
  readonly set?: { readonly delayMs: number; readonly event: Json };
}

export interface Folded {
  /** What resumes the machine: plain JSON. */
  readonly snapshot: Json;
  readonly effects: readonly { readonly kind: string; readonly input: Json }[];
  readonly timers: readonly TimerChange[];
  readonly isDone: boolean;
  /** Name of the state, such as `done`, `failed` or `cancelled` once isDone. */
  readonly state: string;
  readonly output: Json;
}

export interface MachineEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** @throws {CohortiumError} PAYLOAD_TOO_LARGE, or ARGUMENT_INVALID when the state is not plain JSON; and what the machine throws */
export function startMachine(machine: AnyStateMachine, input: unknown): Folded {
  const [snapshot, actions] = initialTransition(machine, input);
  return folded(snapshot, actions);
}

/**
 * @param snapshot as an earlier fold gave it
 * @throws {CohortiumError} PAYLOAD_TOO_LARGE, or ARGUMENT_INVALID when the state is not plain JSON
 */
export function stepMachine(machine: AnyStateMachine, snapshot: Json, event: MachineEvent): Folded {
  checkSize('event', event);
  const { value, context } = snapshot as { readonly value: string; readonly context: Readonly<Record<string, Json>> }; // written by folded()
  const [next, actions] = transition(machine, machine.resolveState({ value, context }), event);
  return folded(next, actions);
}

/** Digest of a machine's structure: states, transitions and delays, without the functions. */
export function machineDigest(machine: AnyStateMachine): Digest {
  return digestOf(JSON.parse(JSON.stringify(machine.config)));
}

interface Action {
  readonly type: string;
  readonly params?: unknown;
}

function folded(snapshot: AnyMachineSnapshot, actions: readonly Action[]): Folded {
  // XState answers what the machine's own functions threw with a snapshot of status error.
  if (snapshot.status === 'error') throw snapshot.error;
  const effects: { kind: string; input: Json }[] = [];
  const timers: TimerChange[] = [];
  for (const { type, params } of actions) {
    const given = (params ?? {}) as Readonly<Record<string, unknown>>; // XState types action params as unknown
    if (type === 'requestEffect') effects.push({ kind: String(given['kind']), input: plain('effect input', given['input'] ?? {}) });
    else if (type === 'setTimer') {
      timers.push({ id: String(given['id']), set: { delayMs: Number(given['delayMs']), event: plain('timer event', given['event']) } });
    } else if (type === 'clearTimer') timers.push({ id: String(given['id']) });
    else if (type === 'xstate.raise') {
      timers.push({ id: String(given['id']), set: { delayMs: Number(given['delay']), event: plain('timer event', given['event']) } });
    } else if (type === 'xstate.cancel') timers.push({ id: String(given['sendId']) });
    else throw new CohortiumError('EFFECT_UNDECLARED', `a machine may only request effects and timers; found action '${type}'`);
  }
  return {
    snapshot: plain('machine context', { value: snapshot.value, context: snapshot.context }),
    effects,
    timers,
    isDone: snapshot.status !== 'active',
    state: String(snapshot.value),
    output: snapshot.status === 'active' ? null : plain('machine output', snapshot.output ?? null),
  };
}

/** A copy made of plain JSON, so that what is stored equals what is in memory. */
function plain(what: string, value: unknown): Json {
  checkSize(what, value);
  return JSON.parse(JSON.stringify(value)) as Json; // JSON by construction
}

function checkSize(what: string, value: unknown): void {
  const size = Buffer.byteLength(canonicalJson(value));
  if (size > payloadLimit) {
    throw new CohortiumError('PAYLOAD_TOO_LARGE', `${what} is ${size} bytes of JSON, ${payloadLimit} are allowed; pass rows as a Ref`);
  }
}
