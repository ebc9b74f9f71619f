/**
 * CloudEvents 1.0 over HTTP: structured, binary and batched. A single event that is none is refused; one in a batch goes to the
 * quarantine, so that it does not cost its neighbours.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { EventIntake } from '../../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { answerJson } from '../answers.ts';
import type { Route } from '../route-table.ts';
import { maxBodyBytes, requireFew, withReceived } from './received-body.ts';
import { requireKind } from './write-key.ts';

type Mode = 'structured' | 'binary' | 'batch';

export function cloudEventRoute(intake: EventIntake): Route {
  return {
    methods: ['POST'],
    refusal: { scheme: 'Basic', drainableBytes: maxBodyBytes },
    async handle(request, response, query) {
      const mode = modeOf(request.headers);
      const counts = await withReceived(intake, request, query, async ({ source, body, ...moment }) => {
        requireKind(source, 'cloud-events');
        const messages = eventsOf(mode, request.headers, body);
        requireFew(messages);
        return intake.deliver(source, { messages, format: 'cloud-event', ...moment });
      });
      answerJson(response, 200, { success: true, ...counts });
    },
  };
}

/** @throws {CohortiumError} CLOUD_EVENT_INVALID when the headers are of none of the three */
function modeOf(headers: IncomingHttpHeaders): Mode {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/cloudevents-batch+json') return 'batch';
  if (type === 'application/cloudevents+json') return 'structured';
  if (type.startsWith('application/cloudevents')) {
    throw new CohortiumError('CLOUD_EVENT_INVALID', 'of the event formats only JSON is taken: application/cloudevents+json');
  }
  if (headers['ce-specversion'] === undefined) {
    throw new CohortiumError(
      'CLOUD_EVENT_INVALID',
      'neither content-type application/cloudevents+json nor a header ce-specversion was sent',
    );
  }
  if (type !== '' && type !== 'application/json' && !type.endsWith('+json')) {
    throw new CohortiumError('CLOUD_EVENT_INVALID', 'data of content-type application/json was expected');
  }
  return 'binary';
}

/** @throws {CohortiumError} CLOUD_EVENT_INVALID when a single event lacks what it must have; ARGUMENT_INVALID when a batch is no list */
function eventsOf(mode: Mode, headers: IncomingHttpHeaders, body: unknown): readonly unknown[] {
  if (mode === 'batch') {
    if (!Array.isArray(body)) throw new CohortiumError('ARGUMENT_INVALID', 'the body of a batch is not a list');
    return body as readonly unknown[];
  }
  const event = mode === 'structured' ? body : { ...attributesOf(headers), data: body };
  requireAttributes(event);
  return [event];
}

function attributesOf(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') attributes[name.slice(3)] = decoded(value);
  }
  const type = headers['content-type'];
  if (type !== undefined) attributes['datacontenttype'] = type;
  return attributes;
}

/** Header values are percent-encoded UTF-8; what is no such thing was meant as it stands. */
function decoded(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function requireAttributes(event: unknown): void {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new CohortiumError('CLOUD_EVENT_INVALID', 'the event is not an object');
  }
  const attributes = event as Readonly<Record<string, unknown>>; // an object of parsed JSON
  if (attributes['specversion'] !== '1.0') throw new CohortiumError('CLOUD_EVENT_INVALID', "specversion '1.0' was expected");
  for (const name of ['id', 'source', 'type']) {
    const value = attributes[name];
    if (typeof value !== 'string' || value === '') throw new CohortiumError('CLOUD_EVENT_INVALID', `${name}: text was expected`);
  }
}
