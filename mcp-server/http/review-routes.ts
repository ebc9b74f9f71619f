/**
 * The counsel queue over HTTP, for an application that shows it to people: what waits, one case, a step. Behind the same bearer token as
 * MCP. Who calls says in whose name; the step is signed with the key of that person, which has to be on this machine.
 */
import type { IncomingMessage } from 'node:http';

import { z } from 'zod';

import type { CounselDoor, ReviewAction } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError, issueDiagnostics } from '../../skills/sdk/index.ts';
import { answerJson } from './answers.ts';
import { declaredLength, parseJson, readBytes } from './request-body.ts';
import { requireShallow, requireToken } from './request-guards.ts';
import type { Route } from './route-table.ts';

const bodyLimit = 64 * 1024;
const refusal = { scheme: 'Bearer', drainableBytes: 0 } as const;

const text = z.string().trim().min(1, 'text that is not empty was expected').max(2000);
const said = {
  verdict: z.enum(['approve', 'condition', 'reject']),
  rationale: text,
  checkedFacts: z.array(z.string().min(1)).max(200),
  conditions: z.array(text).max(20).default([]),
};
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-01-31 was expected');

const actionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('assign'), to: text, note: z.string().max(2000).optional() }),
  z.strictObject({ kind: z.enum(['start', 'ask', 'supply', 'return', 'attest', 'withdraw']), note: text }),
  z.strictObject({
    kind: z.literal('recommend'),
    ...said,
    scope: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.enum(['class', 'waiver']) }),
        z.strictObject({ kind: z.literal('run'), asOf: isoDate }),
      ])
      .optional(),
    expiresAt: isoDate.optional(),
  }),
  z.strictObject({ kind: z.literal('decide'), ...said }),
  z.strictObject({ kind: z.literal('break-glass'), note: text, days: z.int() }),
]);

const stepSchema = z.strictObject({ review: text, by: text, action: actionSchema });

/** `GET /v1/reviews`, `GET /v1/reviews/sheet?id=…`, `GET /v1/reviews/metrics`, `POST /v1/reviews/steps`. */
export function reviewRoutes(door: CounselDoor, token: string): readonly (readonly [string, Route])[] {
  const reads = (answer: (query: URLSearchParams) => Promise<unknown>): Route => ({
    methods: ['GET'],
    refusal,
    async handle(request, response, query) {
      requireToken(request.headers, token);
      answerJson(response, 200, await answer(new URLSearchParams(query)));
    },
  });
  const steps: Route = {
    methods: ['POST'],
    refusal,
    async handle(request, response) {
      requireToken(request.headers, token);
      const { review, by, action } = await readStep(request);
      answerJson(response, 200, await door.actOnReview(review, action, by));
    },
  };
  return [
    ['/v1/reviews', reads(async (query) => ({ reviews: await door.reviews(statusOf(query)) }))],
    ['/v1/reviews/sheet', reads((query) => door.review(query.get('id') ?? ''))],
    ['/v1/reviews/metrics', reads(() => door.reviewMetrics())],
    ['/v1/reviews/steps', steps],
  ];
}

function statusOf(query: URLSearchParams): 'waiting' | 'all' {
  const status = query.get('status') ?? 'waiting';
  if (status === 'waiting' || status === 'all') return status;
  throw new CohortiumError('ARGUMENT_INVALID', 'status: waiting or all was expected');
}

/** @throws {CohortiumError} HTTP_BODY_TOO_LARGE; ARGUMENT_INVALID with every fault of the body */
async function readStep(
  request: IncomingMessage,
): Promise<{ readonly review: string; readonly by: string; readonly action: ReviewAction }> {
  declaredLength(request, bodyLimit);
  const bytes = await readBytes(request, bodyLimit);
  requireShallow(bytes);
  const body = parseJson(bytes);
  const parsed = stepSchema.safeParse(body);
  if (parsed.success) {
    const { review, by, action } = parsed.data;
    return { review, by, action: withoutAbsent(action) };
  }
  const faults = issueDiagnostics(parsed.error, 'ARGUMENT_INVALID', body, () => ({ file: '', line: 1, column: 1 })).map(
    ({ message }) => message,
  );
  throw new CohortiumError('ARGUMENT_INVALID', faults.join('; '));
}

/** What was not said is left out, and not there as undefined. */
function withoutAbsent(action: z.infer<typeof actionSchema>): ReviewAction {
  if (action.kind === 'assign') return { kind: 'assign', to: action.to, ...(action.note === undefined ? {} : { note: action.note }) };
  if (action.kind !== 'recommend') return action;
  const { scope, expiresAt, ...rest } = action;
  return { ...rest, ...(scope === undefined ? {} : { scope }), ...(expiresAt === undefined ? {} : { expiresAt }) };
}
