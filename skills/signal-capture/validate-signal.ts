/**
 * From anything to a canonical signal, or to a code and a sentence. The only door into the log: file import, MCP and HTTP
 * all pass here. Never throws on bad input and never repairs it.
 */
import type { z } from 'zod';

import { canonicalJson, describePath, type ErrorCode, issueWords } from '../sdk/index.ts';
import { dayOfInstant, isBeyondYears, parseIsoInstant } from './core/civil-date.ts';
import { isPlainSignal } from './plain-signal.ts';
import { isSignalType, type SignalType, signalSchemas, signalTypeIds, type WireSignal } from './signals/signal-types.ts';

/** A signal as the log keeps it: flat, no optional fields. Absent text is '', an absent amount 0. */
export interface Signal {
  readonly id: string;
  readonly type: SignalType;
  readonly userId: string;
  /** 64 lower-case hex digits. */
  readonly emailHash: string;
  readonly loyaltyId: string;
  /** 64 lower-case hex digits. */
  readonly phoneHash: string;
  readonly anonymousId: string;
  /** The identity that the signal belongs to, `kind:value`: the first that it has of user, loyalty, email, phone, anonymous. */
  readonly owner: string;
  /** Epoch milliseconds, UTC. */
  readonly tsMs: number;
  /** floor(tsMs / 86400000). */
  readonly dayNo: number;
  /** 'unknown' when the sender did not say; the same for channel and brand. */
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  readonly orderId: string;
  /** Minor units, ≥ 0. */
  readonly amountMinor: number;
  readonly sku: string;
  /** Canonical JSON of the remaining properties. */
  readonly properties: string;
}

/** Longest canonical properties, in UTF-16 units. */
const maxPropertiesLength = 32_768;

export type SignalVerdict =
  | { readonly ok: true; readonly signal: Signal; readonly currency: string | undefined }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/**
 * Checks one signal and brings it into canonical form.
 * @param raw what arrived, usually parsed JSON
 * @returns the signal, with the currency of its amount when it has one; or why not: SIGNAL_TYPE_UNKNOWN,
 *   SIGNAL_DATE_INVALID, SIGNAL_AMOUNT_NEGATIVE, SIGNAL_AMOUNT_INVALID or SIGNAL_INVALID
 */
export function validateSignal(raw: unknown): SignalVerdict {
  return validateExtended(raw, undefined);
}

/**
 * As validateSignal, with properties that an operator's plan adds to those of the type.
 * @param extra plain JSON, kept under `extra`; undefined when there is none
 */
export function validateExtended(raw: unknown, extra: Readonly<Record<string, unknown>> | undefined): SignalVerdict {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return refuse('SIGNAL_INVALID', `an object was expected; found ${shown(raw)}`);
  }
  const type: unknown = 'type' in raw ? raw.type : undefined;
  if (!isSignalType(type)) {
    return refuse('SIGNAL_TYPE_UNKNOWN', `type ${shown(type)} is not one of ${signalTypeIds.join(', ')}`);
  }
  const parsed = isPlainSignal(raw, type) ? { success: true as const, data: raw } : signalSchemas[type].safeParse(raw);
  if (!parsed.success) return explain(parsed.error, raw);
  const tsMs = parseIsoInstant(parsed.data.at.trim());
  if (tsMs === undefined) {
    return refuse(
      'SIGNAL_DATE_INVALID',
      `at: ${isBeyondYears(parsed.data.at) ? 'a year from 1900 to 2199' : 'an ISO 8601 date or date-time such as 2026-01-31T12:00:00Z'} was expected; found ${shown(parsed.data.at)}`,
    );
  }
  const { signal, currency } = flatten(parsed.data, tsMs, extra);
  if (signal.properties.length > maxPropertiesLength) {
    return refuse(
      'SIGNAL_INVALID',
      `properties: at most ${maxPropertiesLength} characters of JSON were expected; found ${signal.properties.length}`,
    );
  }
  return { ok: true, signal, currency };
}

function flatten(
  wire: WireSignal,
  tsMs: number,
  extra: Readonly<Record<string, unknown>> | undefined,
): { readonly signal: Signal; readonly currency: string | undefined } {
  const { orderId = '', amountMinor = 0, sku = '', ...rest } = wire.properties as LiftedProperties; // their types are checked by the schemas
  return {
    signal: {
      id: wire.id,
      type: wire.type,
      userId: wire.customer.userId ?? '',
      emailHash: wire.customer.emailHash ?? '',
      loyaltyId: wire.customer.loyaltyId ?? '',
      phoneHash: wire.customer.phoneHash ?? '',
      anonymousId: wire.customer.anonymousId ?? '',
      owner: ownerOf(wire.customer),
      tsMs,
      dayNo: dayOfInstant(tsMs),
      location: wire.location || 'unknown',
      channel: wire.channel || 'unknown',
      brand: wire.brand || 'unknown',
      orderId,
      amountMinor,
      sku,
      properties: canonicalJson(extra === undefined ? rest : { ...rest, extra }),
    },
    currency: rest.currency,
  };
}

function ownerOf({ userId, loyaltyId, emailHash, phoneHash, anonymousId }: WireSignal['customer']): string {
  if (userId !== undefined) return `user:${userId}`;
  if (loyaltyId !== undefined) return `loyalty:${loyaltyId}`;
  if (emailHash !== undefined) return `email:${emailHash}`;
  return phoneHash === undefined ? `anonymous:${anonymousId ?? ''}` : `phone:${phoneHash}`;
}

/** Properties that have a column of their own in the log, and the one that is checked against the operator's. */
interface LiftedProperties {
  readonly orderId?: string;
  readonly amountMinor?: number;
  readonly sku?: string;
  readonly currency?: string;
}

function explain(error: z.ZodError, raw: object): SignalVerdict {
  const clauses = error.issues.map((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys')
      return `unknown key ${issue.keys.map((key) => `'${key}'`).join(', ')}${path.length > 0 ? ` in ${describePath(path)}` : ''}`;
    return `${describePath(path) || 'signal'}: ${issueWords(issue)}; found ${shown(valueAt(raw, path))}`;
  });
  return refuse(codeOf(error, raw), clauses.join('. '));
}

/** The code of the one thing that is wrong; SIGNAL_INVALID when several are. */
function codeOf(error: z.ZodError, raw: object): ErrorCode {
  const paths = new Set(error.issues.map((issue) => issue.path.join('.')));
  if (paths.size !== 1) return 'SIGNAL_INVALID';
  const [path] = paths;
  if (path === 'at') return 'SIGNAL_DATE_INVALID';
  if (path !== 'properties.amountMinor') return 'SIGNAL_INVALID';
  const amount = valueAt(raw, ['properties', 'amountMinor']);
  return typeof amount === 'number' && amount < 0 ? 'SIGNAL_AMOUNT_NEGATIVE' : 'SIGNAL_AMOUNT_INVALID';
}

/** A signal that is none. */
export function refuse(code: ErrorCode, message: string): SignalVerdict {
  return { ok: false, code, message };
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.entries(found).find(([key]) => key === String(part))?.[1];
  }
  return found;
}

/** What was found, without letting an e-mail address into messages and logs. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  let json: string;
  try {
    json = JSON.stringify(value) ?? typeof value;
  } catch {
    json = Array.isArray(value) ? 'a list' : typeof value;
  }
  // Cut before the search, which takes the square of the length on text without a single @.
  return json
    .slice(0, 400)
    .replace(/[^\s"@]+@[^\s"@]+/g, '…@…')
    .slice(0, 80);
}
