/**
 * Performs one effect: a pure one over the content store, the others through their port with the effect id as idempotency
 * key. Input and output are checked against the skill's schemas; whatever goes wrong becomes a coded reply.
 */
import {
  canonicalJson,
  CohortiumError,
  type ContentStore,
  type EffectDefinition,
  isCohortiumError,
  type Json,
  type PureContext,
  seedOf,
  type SkillDefinition,
  unexpectedWords,
} from '../../skills/sdk/index.ts';
import { payloadLimit } from './fold.ts';
import type { EffectRow, RunRow } from './run-store.ts';
import type { EffectError } from './step-outcome.ts';

/** Ports by name; a method is found by the name that the effect declares. */
export type Ports = Readonly<Record<string, unknown>>;

export interface EffectSurroundings {
  readonly content: ContentStore;
  readonly ports: Ports;
  /** On a replay: what the effect answered then. */
  readonly recorded?: Json;
}

export type Reply = { readonly output: Json } | { readonly error: EffectError };

/** Never throws: what fails is a reply. */
export async function performEffect(
  effect: EffectRow,
  run: RunRow,
  skill: SkillDefinition,
  surroundings: EffectSurroundings,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    const definition = skill.effects[effect.kind];
    if (!definition) {
      const known = Object.keys(skill.effects).join(', ');
      throw new CohortiumError('EFFECT_UNDECLARED', `skill '${skill.id}' requested '${effect.kind}'; it declares: ${known}`);
    }
    const input = checked(definition, 'input', effect);
    const output =
      definition.via === 'pure'
        ? skill.pure[effect.kind]?.(input as never, pureContext(run, effect, surroundings.content))
        : await callPort(definition, input, effect, surroundings, signal);
    return { output: fitting(effect.kind, checked(definition, 'output', { ...effect, input: output as Json })) }; // the schema decides
  } catch (error) {
    return { error: describe(error) };
  }
}

function checked(definition: EffectDefinition, side: 'input' | 'output', effect: EffectRow): unknown {
  const parsed = definition[side].safeParse(effect.input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || side}: ${message}`).join('; ');
  throw new CohortiumError('EFFECT_FAILED', `${side} of '${effect.kind}' in step '${effect.step}' does not fit its schema: ${faults}`);
}

/** @throws {CohortiumError} PAYLOAD_TOO_LARGE, or ARGUMENT_INVALID when the output is not plain JSON */
function fitting(kind: string, output: unknown): Json {
  const size = Buffer.byteLength(canonicalJson(output));
  if (size <= payloadLimit) return output as Json; // canonical JSON refuses anything else
  throw new CohortiumError(
    'PAYLOAD_TOO_LARGE',
    `output of '${kind}' is ${size} bytes of JSON, ${payloadLimit} are allowed; store rows and put out their Ref`,
  );
}

function pureContext(run: RunRow, effect: EffectRow, content: ContentStore): PureContext {
  return {
    readTable: content.getTable,
    writeTable: content.putTable,
    readJson: content.getJson,
    writeJson: content.putJson,
    seed: seedOf(run.definitionDigest, run.asOf, `${effect.step}/${effect.kind}`),
  };
}

async function callPort(
  definition: EffectDefinition,
  input: unknown,
  effect: EffectRow,
  { ports, recorded }: EffectSurroundings,
  signal: AbortSignal,
): Promise<unknown> {
  const port = ports[definition.via];
  const method =
    typeof port === 'object' && port !== null ? (port as Readonly<Record<string, unknown>>)[definition.method ?? ''] : undefined; // looked up by name
  if (typeof method !== 'function') {
    throw new CohortiumError('EFFECT_FAILED', `effect '${effect.kind}' needs ${definition.via}.${definition.method}, which is not wired`);
  }
  // Held on to by its timer: signals that only others follow have been collected before they went off.
  const stop = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const end = (code: 'EFFECT_TIMEOUT' | 'RUN_CANCELLED', what: string): void => {
    reject(new CohortiumError(code, `effect '${effect.kind}' ${what}`));
    stop.abort();
  };
  const onCancel = (): void => end('RUN_CANCELLED', 'was cancelled');
  const timer = setTimeout(() => end('EFFECT_TIMEOUT', `took longer than ${definition.timeoutMs} ms`), definition.timeoutMs);
  if (signal.aborted) onCancel();
  else signal.addEventListener('abort', onCancel, { once: true });
  try {
    const call = Promise.resolve(
      method.call(port, input, { signal: stop.signal, idempotencyKey: effect.id, ...(recorded === undefined ? {} : { recorded }) }),
    );
    call.catch(() => {}); // an answer after the timeout is nobody's
    return await Promise.race([call, stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onCancel);
    stopped.catch(() => {}); // nobody may be waiting for it any more
  }
}

function describe(error: unknown): EffectError {
  if (isCohortiumError(error)) {
    const details = error.diagnostics.map(({ message }) => message);
    return { code: error.code, message: [error.message, ...details].join('; '), isRejected: error.code !== 'EFFECT_TIMEOUT' };
  }
  // Its words may hold a row of a customer, and this is kept with the run and shown.
  return { code: 'INTERNAL', message: unexpectedWords(error), isRejected: false };
}
