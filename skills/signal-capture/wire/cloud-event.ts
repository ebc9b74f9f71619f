/**
 * CloudEvents 1.0 to a signal: `type` ends in `signal.<type>.v1`, `data` holds the signal without what the envelope says
 * already. An event is known again by its source and id together, as the specification has it.
 * @see CloudEvents 1.0.2, "REQUIRED Attributes"
 */
import { validatePlanned } from '../plan/planned-signal.ts';
import { identityKinds } from '../plan/registry-plan.ts';
import { surpriseName } from '../plan/surprise.ts';
import { ownValue } from '../plan/wire-path.ts';
import { refuse, shown } from '../validate-signal.ts';
import { identityOf, idText } from './clear-identity.ts';
import { customerOf } from './message-customer.ts';
import { isoText } from './message-time.ts';
import { unnamed } from './segment-message.ts';
import type { WireArrival, WireContext } from './wire-context.ts';

const typePattern = /(?:^|\.)signal\.([a-z]+(?:-[a-z]+)*)\.v1$/;

/** Maps one event in structured form; the HTTP door brings binary ones there. */
export function signalsOfCloudEvent(event: unknown, context: WireContext): WireArrival {
  const fault = envelopeFault(event);
  const source = ownValue(event, 'source');
  const id = `${idText(source) ?? ''} ${idText(ownValue(event, 'id')) ?? ''}`;
  if (fault !== undefined) return unnamed(refuse('SIGNAL_INVALID', fault), event, context);
  const type = String(ownValue(event, 'type'));
  const signalType = typePattern.exec(type.slice(-200))?.[1];
  if (signalType === undefined) {
    const action = context.registry.plan.unplannedEvents;
    const message = `type: com.<organisation>.signal.<type>.v1 was expected; found ${shown(type)}`;
    return {
      id,
      verdicts: action === 'block' ? [refuse('SIGNAL_EVENT_UNPLANNED', message)] : [],
      surprises: [{ kind: 'unplanned-event', type: '', name: surpriseName(type), action }],
    };
  }
  const data = dataOf(event);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return {
      id,
      verdicts: [refuse('SIGNAL_INVALID', `data: an object with properties was expected; found ${shown(data)}`)],
      surprises: [],
    };
  }
  const { verdict, surprises } = validatePlanned(
    {
      ...data,
      id,
      type: signalType,
      customer: ownValue(data, 'customer') ?? subjectOf(ownValue(event, 'subject')),
      at: ownValue(event, 'time') ?? isoText(context.receivedAtMs),
      properties: ownValue(data, 'properties') ?? {},
    },
    context.registry,
  );
  return { id, verdicts: [verdict], surprises };
}

function envelopeFault(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return `a CloudEvent was expected, an object; found ${shown(event)}`;
  if (ownValue(event, 'specversion') !== '1.0') return `specversion: '1.0' was expected; found ${shown(ownValue(event, 'specversion'))}`;
  for (const name of ['id', 'source', 'type']) {
    const value = ownValue(event, name);
    if (typeof value !== 'string' || value === '') return `${name}: text was expected; found ${shown(value)}`;
  }
  // A source is a URI reference, so that `source id` can be read in one way only.
  return /\s/.test(String(ownValue(event, 'source')))
    ? `source: a URI reference was expected; found ${shown(ownValue(event, 'source'))}`
    : undefined;
}

function dataOf(event: unknown): unknown {
  const encoded = ownValue(event, 'data_base64');
  if (typeof encoded !== 'string') return ownValue(event, 'data');
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    return encoded;
  }
}

/** `kind:value`, or a user id. */
function subjectOf(subject: unknown): Readonly<Record<string, string>> {
  const text = idText(subject);
  if (text === undefined) return {};
  const colon = text.indexOf(':');
  const kind = identityKinds.find((name) => name === text.slice(0, Math.max(colon, 0)));
  const identity = kind ? identityOf(kind, text.slice(colon + 1)) : identityOf('user', text);
  return identity ? customerOf([identity]) : {};
}
