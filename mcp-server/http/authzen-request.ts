/**
 * What an AuthZEN 1.0 request asks of the gate: facts in `subject.properties`, the purpose in `action.properties`, the sink as resource,
 * the day in `context`. Refuses what it cannot map, so that no evaluation is decided as another one.
 * @see https://openid.net/specs/authorization-api-1_0.html sections 6 and 7
 */
import { z } from 'zod';

import type { GateQuestion } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';

const fact = z.union([z.string(), z.boolean(), z.number(), z.null()]);
/** Purposes are names; no more than their length is repeated in an error. */
const word = z.string().min(1).max(200);

const subject = z.object({ type: word, id: word, properties: z.record(z.string(), fact).default({}) });
const action = z.object({ name: word, properties: z.object({ purpose: word }) });
const resource = z.object({ type: word, id: word });
const context = z.object({ asOf: z.string().optional() });

const evaluation = z.object({ subject, action, resource, context: context.default({}) });
const partial = z.record(z.string(), z.unknown());

const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
export type EvaluationsSemantic = (typeof semantics)[number];

const evaluations = z.object({
  evaluations: z.array(partial).max(1000).optional(),
  options: z.object({ evaluations_semantic: z.enum(semantics).default('execute_all') }).default({ evaluations_semantic: 'execute_all' }),
});

/** @throws {CohortiumError} ARGUMENT_INVALID with the first place that is wrong */
export function readEvaluation(body: unknown): GateQuestion {
  const { subject: who, action: what, resource: where, context: when } = parsed(evaluation, body);
  if (who.type !== 'customer') throw refused("subject.type 'customer' was expected");
  if (what.name !== 'clv.write' && what.name !== 'cohort.write') throw refused("action.name 'clv.write' or 'cohort.write' was expected");
  if (where.type !== 'sink') throw refused("resource.type 'sink' was expected");
  const { asOf } = when;
  return { facts: who.properties, purpose: what.properties.purpose, sink: where.id, ...(asOf === undefined ? {} : { asOf }) };
}

export interface ReadEvaluations {
  readonly semantic: EvaluationsSemantic;
  /** Bodies with the defaults filled in; null where the request is a single evaluation. */
  readonly bodies: readonly unknown[] | null;
}

/** @throws {CohortiumError} ARGUMENT_INVALID when there are too many, or the options are others */
export function readEvaluations(body: unknown): ReadEvaluations {
  const { evaluations: listed, options } = parsed(evaluations, body);
  if (listed === undefined || listed.length === 0) return { semantic: options.evaluations_semantic, bodies: null };
  const defaults = parsed(partial, body);
  const keys = ['subject', 'action', 'resource', 'context'] as const;
  // An entry's own value replaces the default as a whole (section 7.1.1).
  const bodies = listed.map((own) =>
    Object.fromEntries(keys.flatMap((key) => (key in own ? [[key, own[key]]] : key in defaults ? [[key, defaults[key]]] : []))),
  );
  return { semantic: options.evaluations_semantic, bodies };
}

function parsed<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  const [issue] = error.issues;
  throw refused(`${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is not as expected'}`);
}

function refused(message: string): CohortiumError {
  return new CohortiumError('ARGUMENT_INVALID', message);
}
