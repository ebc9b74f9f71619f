/**
 * Client of the AuthZEN Authorization API 1.0: single and batched evaluations, with the addresses that the PDP's metadata give. Reads
 * replies strictly: a decision that is no boolean, a wrong number of them, or the reply to another request is an error.
 * @see https://openid.net/specs/authorization-api-1_0.html
 */
import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { createJsonClient, type JsonAnswer, type JsonClientOptions } from '../policy-engine/json-client.ts';

export type AuthzenClientOptions = JsonClientOptions;

type Properties = Readonly<Record<string, unknown>>;

export interface AuthzenEvaluation {
  readonly subject: { readonly type: string; readonly id: string; readonly properties?: Properties };
  readonly action: { readonly name: string; readonly properties?: Properties };
  readonly resource: { readonly type: string; readonly id: string; readonly properties?: Properties };
  /** Always sent: one PDP refuses a batch without. */
  readonly context: Properties;
}

export interface AuthzenDecision {
  readonly decision: boolean;
  readonly context: Properties;
}

export interface AuthzenClient {
  /**
   * One decision per evaluation, in order; by one request where the PDP has batches, else by one each.
   * @throws {Error} when there is no reply, or none that is one
   */
  evaluate(evaluations: readonly AuthzenEvaluation[], signal: AbortSignal): Promise<readonly AuthzenDecision[]>;
  close(): void;
}

const decisionSchema = z.object({ decision: z.boolean(), context: z.record(z.string(), z.unknown()).nullish() });
const evaluationsSchema = z.object({ evaluations: z.array(decisionSchema) });
const metadataSchema = z.object({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
  access_evaluations_endpoint: z.string().optional(),
});

interface Endpoints {
  readonly evaluation: string;
  /** Null where the PDP has none. */
  readonly evaluations: string | null;
}

/** Paths of the specification, section 10.1. */
const usualEndpoints: Endpoints = { evaluation: '/access/v1/evaluation', evaluations: '/access/v1/evaluations' };

/** @throws {Error} when the address is one that must not be spoken to */
export function createAuthzenClient(options: AuthzenClientOptions): AuthzenClient {
  const client = createJsonClient({ ...options, url: new URL(options.url).origin });
  const base = new URL(options.url).pathname.replace(/\/$/, '');
  let endpoints: Endpoints | undefined;
  const post = async (path: string, body: unknown, signal: AbortSignal): Promise<JsonAnswer> => {
    const requestId = randomUUID();
    const answer = await client.post(path, body, signal, { 'x-request-id': requestId });
    if (answer.requestId !== undefined && answer.requestId !== requestId) throw new Error('the reply is to another request');
    return answer;
  };
  const single = async (path: string, evaluation: AuthzenEvaluation, signal: AbortSignal): Promise<AuthzenDecision> => {
    const { status, body } = await post(path, evaluation, signal);
    if (status !== 200) throw new Error(`answered ${status}`);
    return decisionOf(parsed(decisionSchema, body));
  };
  return {
    evaluate: async (evaluations, signal) => {
      endpoints ??= await discover(options.url, base, (path) => client.get(path, signal));
      if (endpoints.evaluations !== null && evaluations.length > 1) {
        const { status, body } = await post(endpoints.evaluations, withDefaults(evaluations), signal);
        if (status === 200) {
          const decisions = parsed(evaluationsSchema, body).evaluations;
          if (decisions.length !== evaluations.length) throw new Error(`answered ${decisions.length} of ${evaluations.length} evaluations`);
          return decisions.map(decisionOf);
        }
        if (status !== 404 && status !== 405 && status !== 501) throw new Error(`answered ${status}`);
        endpoints = { ...endpoints, evaluations: null };
      }
      const decisions: AuthzenDecision[] = [];
      for (const evaluation of evaluations) decisions.push(await single(endpoints.evaluation, evaluation, signal));
      return decisions;
    },
    close: () => client.close(),
  };
}

/** What all evaluations share stands once (section 7.1.1). */
function withDefaults(evaluations: readonly AuthzenEvaluation[]): unknown {
  const keys = ['subject', 'action', 'resource', 'context'] as const;
  const texts = keys.map((key) => new Set(evaluations.map((evaluation) => JSON.stringify(evaluation[key]))));
  const shared = keys.filter((_, at) => texts[at]?.size === 1);
  return {
    ...Object.fromEntries(shared.map((key) => [key, evaluations[0]?.[key]])),
    evaluations: evaluations.map((evaluation) =>
      Object.fromEntries(keys.filter((key) => !shared.includes(key)).map((key) => [key, evaluation[key]])),
    ),
  };
}

/**
 * Metadata that name another PDP, or endpoints on another machine, are not used (section 9.2.3); the usual paths are.
 * @throws {Error} when the PDP cannot be reached
 */
async function discover(url: string, base: string, get: (path: string) => Promise<JsonAnswer>): Promise<Endpoints> {
  const usual = { evaluation: `${base}${usualEndpoints.evaluation}`, evaluations: `${base}${usualEndpoints.evaluations ?? ''}` };
  const found = await get(`/.well-known/authzen-configuration${base}`).catch((error: unknown) => {
    // A page that is not JSON is a PDP without metadata.
    if (error instanceof Error && error.message.includes('not JSON')) return undefined;
    throw error;
  });
  const { data } = metadataSchema.safeParse(found?.status === 200 ? found.body : undefined);
  if (!data || data.policy_decision_point.replace(/\/$/, '') !== url.replace(/\/$/, '')) return usual;
  const evaluation = pathOn(url, data.access_evaluation_endpoint);
  if (evaluation === null) return usual;
  return { evaluation, evaluations: data.access_evaluations_endpoint === undefined ? null : pathOn(url, data.access_evaluations_endpoint) };
}

function pathOn(url: string, endpoint: string): string | null {
  const found = URL.parse(endpoint, url);
  return found && found.origin === new URL(url).origin ? `${found.pathname}${found.search}` : null;
}

function decisionOf({ decision, context }: z.infer<typeof decisionSchema>): AuthzenDecision {
  return { decision, context: context ?? {} };
}

function parsed<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const { success, data } = schema.safeParse(body);
  if (!success) throw new Error('the reply has no decision in the form of AuthZEN 1.0');
  return data;
}
