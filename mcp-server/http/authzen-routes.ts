/**
 * The gate as an AuthZEN 1.0 policy decision point, behind the same token as the rest. Decides by the facts in the request and looks
 * nobody up. True only for pass; everything else is false, with the reasons in `context.gate`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { GateDoor, GateReply } from '../../agents/customer-data-graph/interface.ts';
import { isCohortiumError } from '../../skills/sdk/index.ts';
import { answerJson } from './answers.ts';
import { readEvaluation, readEvaluations } from './authzen-request.ts';
import { declaredLength, parseJson, readBytes } from './request-body.ts';
import { requireShallow, requireToken } from './request-guards.ts';
import type { Route } from './route-table.ts';

const bodyLimit = 1024 * 1024;
const refusal = { scheme: 'Bearer', drainableBytes: 0 } as const;

export const authzenPaths = {
  metadata: '/.well-known/authzen-configuration',
  evaluation: '/access/v1/evaluation',
  evaluations: '/access/v1/evaluations',
} as const;

interface Decision {
  readonly decision: boolean;
  readonly context: Readonly<Record<string, unknown>>;
}

export function authzenRoutes(gate: Pick<GateDoor, 'ask'>, token: string): readonly (readonly [path: string, route: Route])[] {
  const post = (answer: (body: unknown) => Promise<unknown>): Route => ({
    methods: ['POST'],
    refusal,
    async handle(request, response) {
      echoRequestId(request, response);
      requireToken(request.headers, token);
      answerJson(response, 200, await answer(await readBody(request)));
    },
  });
  const single = async (body: unknown): Promise<Decision> => decisionOf(await gate.ask(readEvaluation(body)));
  return [
    [authzenPaths.metadata, metadataRoute],
    [authzenPaths.evaluation, post(single)],
    [
      authzenPaths.evaluations,
      post(async (body) => {
        const { semantic, bodies } = readEvaluations(body);
        if (bodies === null) return single(body);
        const decided: Decision[] = [];
        for (const one of bodies) {
          const decision = await single(one).catch(faultOf);
          decided.push(decision);
          if (semantic === 'deny_on_first_deny' && !decision.decision) break;
          if (semantic === 'permit_on_first_permit' && decision.decision) break;
          // A decision waits for nothing, so that others would wait for the whole batch.
          await nextTurn();
        }
        return { evaluations: decided };
      }),
    ],
  ];
}

/** Without a token, as clients ask before they have one; it says nothing but addresses. */
const metadataRoute: Route = {
  methods: ['GET'],
  refusal,
  async handle(request, response) {
    echoRequestId(request, response);
    // Host was checked to be this server.
    const base = `http://${request.headers.host ?? ''}`;
    answerJson(response, 200, {
      policy_decision_point: base,
      access_evaluation_endpoint: `${base}${authzenPaths.evaluation}`,
      access_evaluations_endpoint: `${base}${authzenPaths.evaluations}`,
    });
  },
};

function decisionOf({ outcome, anchors, policies, unknownFacts, policyDigest, asOf, reads, ignored, opinions }: GateReply): Decision {
  const verdict = outcome === 'counsel' ? 'route-to-counsel' : outcome;
  return {
    decision: outcome === 'pass',
    context: {
      gate: {
        verdict,
        anchors: Object.entries(anchors).map(([anchor, result]) => ({ anchor, result })),
        reasons: policies.map(({ id, regime, effect, anchor, citation, remedy, verify }) => ({
          id,
          regime,
          anchor,
          outcome: effect,
          citation,
          remedy,
          ...(verify === null ? {} : { verify }),
          facts: reads[id] ?? [],
        })),
        obligations: policies.filter(({ remedy }) => remedy !== '').map(({ id, remedy }) => ({ id, remedy })),
        missing: unknownFacts,
        ...(ignored.length > 0 ? { ignored } : {}),
        ...(opinions ? { opinions } : {}),
        policyDigest,
        asOf,
      },
    },
  };
}

/** One evaluation of a batch that cannot be decided: denied, and the others go on (section 7.2.1). A defect ends the whole request. */
function faultOf(error: unknown): Decision {
  if (!isCohortiumError(error) || error.code !== 'ARGUMENT_INVALID') throw error;
  return { decision: false, context: { error: { status: 400, message: error.message } } };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  declaredLength(request, bodyLimit);
  const body = await readBytes(request, bodyLimit);
  requireShallow(body);
  return parseJson(body);
}

/** Given back as it came (section 10.1.3), where it can stand in a header. */
function echoRequestId(request: IncomingMessage, response: ServerResponse): void {
  const id = request.headers['x-request-id'];
  if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) response.setHeader('x-request-id', id);
}
