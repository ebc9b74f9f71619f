/** All doors for events, and what they say afterwards: GET /v1/rejections lists what a source sent and was not accepted. */
import type { EventIntake } from '../../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { answerJson } from '../answers.ts';
import type { Route } from '../route-table.ts';
import { cloudEventRoute } from './cloud-event-routes.ts';
import { segmentRoutes } from './segment-routes.ts';
import { sourceOfHeaders } from './write-key.ts';

const pageSize = 1000;

export function ingestRoutes(intake: EventIntake): readonly (readonly [string, Route])[] {
  return [...segmentRoutes(intake), ['/v1/events', cloudEventRoute(intake)], ['/v1/rejections', rejectionsRoute(intake)]];
}

function rejectionsRoute(intake: EventIntake): Route {
  return {
    methods: ['GET'],
    refusal: { scheme: 'Basic', drainableBytes: 0 },
    async handle(request, response, query) {
      const source = sourceOfHeaders(intake, request, query);
      if (!source) throw new CohortiumError('HTTP_UNAUTHORIZED', 'no write key was sent');
      answerJson(response, 200, intake.rejections(source, placeOf(query), pageSize));
    },
  };
}

/** @throws {CohortiumError} ARGUMENT_INVALID */
function placeOf(query: string): number {
  const since = new URLSearchParams(query).get('since') ?? '0';
  if (!/^\d{1,15}$/.test(since)) throw new CohortiumError('ARGUMENT_INVALID', 'since: the number `next` of the answer before was expected');
  return Number(since);
}
