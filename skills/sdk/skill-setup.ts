/**
 * XState's setup() bound to a skill: its machine can request declared effects and receive their replies, and nothing
 * else. Machines made here are pure reducers; the orchestrator performs what they request.
 */
import { type MachineContext, setup } from 'xstate';

import type { ErrorCode } from './errors.ts';

/** What every skill machine is started with. */
export interface SkillStart {
  readonly input: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  /** ISO date `YYYY-MM-DD`: the last day whose events count. */
  readonly asOf: string;
}

/** Action parameters of the only action that a machine has. */
export interface EffectRequest {
  readonly kind: string;
  /** Plain JSON, checked against the effect's input schema before it is performed. */
  readonly input: unknown;
}

export interface EffectFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** True when the effect certainly did not happen, so that repeating it is safe. */
  readonly isRejected: boolean;
}

/** `<kind>.ok` and `<kind>.failed` replies, and `cancel`. Timers arrive as XState's own delayed events. */
export type SkillEvent<Replies extends Readonly<Record<string, unknown>>> =
  | { [Kind in keyof Replies & string]: { readonly type: `${Kind}.ok`; readonly output: Replies[Kind] } }[keyof Replies & string]
  | { [Kind in keyof Replies & string]: { readonly type: `${Kind}.failed`; readonly error: EffectFailure } }[keyof Replies & string]
  | { readonly type: 'cancel' };

/**
 * A setup whose only action is `requestEffect`.
 *
 * `Replies` maps effect kinds to the outputs of their replies. Use in a transition or entry as
 * `{ type: 'requestEffect', params: ({ context }) => ({ kind: 'clv.fit', input: … }) }`.
 */
export function skillSetup<Context extends MachineContext, Replies extends Readonly<Record<string, unknown>>, Output>() {
  return setup({
    types: {} as {
      context: Context;
      events: SkillEvent<Replies>;
      input: SkillStart;
      output: Output;
    },
    actions: {
      // A pure reducer: the runner reads the request from the transition's action list; nothing happens here.
      requestEffect: (_arguments: unknown, _request: EffectRequest) => {},
    },
  });
}
