/**
 * The calls of Segment's HTTP API, as its SDKs and those of RudderStack and Jitsu make them. One body, whatever its content-type
 * says; answers 200 when everything in it is on disk, also what was rejected, which `/v1/rejections` then lists.
 */
import type { EventIntake } from '../../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { messagesOfBody } from '../../../skills/signal-capture/wire/index.ts';
import { answerJson } from '../answers.ts';
import type { Route } from '../route-table.ts';
import { maxBodyBytes, type Received, requireFew, withReceived } from './received-body.ts';
import { requireKind } from './write-key.ts';

const calls = { t: 'track', i: 'identify', p: 'page', s: 'screen', g: 'group', a: 'alias' } as const;
const batches = ['batch', 'import'] as const;

/** Every address at which a call is taken. */
export function segmentRoutes(intake: EventIntake): readonly (readonly [string, Route])[] {
  return [
    ...batches.map((name) => [`/v1/${name}`, callRoute(intake, undefined)] as const),
    ...Object.entries(calls).flatMap(([short, call]) => {
      const route = callRoute(intake, call);
      return [`/v1/${call}`, `/v1/${short}`, `/api/s/${call}`, `/api/s/s2s/${call}`].map((path) => [path, route] as const);
    }),
  ];
}

function callRoute(intake: EventIntake, call: string | undefined): Route {
  return {
    methods: ['POST'],
    refusal: { scheme: 'Basic', drainableBytes: maxBodyBytes },
    async handle(request, response, query) {
      const counts = await withReceived(intake, request, query, async ({ source, body, ...moment }) => {
        requireKind(source, 'sdk');
        const messages = messagesOf(body, call);
        requireFew(messages);
        return intake.deliver(source, { messages, format: 'segment', ...moment });
      });
      answerJson(response, 200, { success: true, ...counts });
    },
  };
}

/** @throws {CohortiumError} ARGUMENT_INVALID when the body is no call, or no batch */
function messagesOf(body: Received['body'], call: string | undefined): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the body is not an object');
  }
  if (call === undefined && !('batch' in body && Array.isArray(body.batch))) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the body has no list `batch`');
  }
  return messagesOfBody(body, call);
}
