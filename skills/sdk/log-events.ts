/**
 * Everything that may be logged: a closed table of events and their fields. A field holds an id that the agent made, a code, a number or
 * a place in the code, and is left out when it looks like anything else. No message text, no payload and no error text has a place
 * here, so that personal data has none either.
 */
import { isCohortiumError } from './errors.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const forms = {
  /** Made by the agent or declared by the operator: runs, steps, effects, models, reviews, doors. */
  id: /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,127}$/,
  code: /^[A-Z][A-Z0-9_]{1,47}$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  /** Function and line, the nearest one first. */
  frames: /^(?:[\w$.<>[\] ]{1,80}@[\w.-]{1,80}:\d+(?: |$))*$/,
} as const;

type FieldForm = keyof typeof forms | 'number';

interface LogEventSpec {
  readonly level: LogLevel;
  readonly says: string;
  readonly fields: Readonly<Record<string, FieldForm>>;
}

/** By name; what is not here is not logged. */
export const logEvents = {
  'effect-done': { level: 'debug', says: 'An effect of a run was performed.', fields: { run: 'id', step: 'id', kind: 'id', ms: 'number' } },
  'effect-failed': {
    level: 'warn',
    says: 'An effect of a run failed; the run says why.',
    fields: { run: 'id', step: 'id', kind: 'id', ms: 'number', code: 'code' },
  },
  'run-stuck': { level: 'error', says: 'A run cannot be resumed, and stays open.', fields: { run: 'id', code: 'code' } },
  'drift-alert': {
    level: 'warn',
    says: 'A matured window is worse than its baseline.',
    fields: {
      model: 'id',
      cutoff: 'date',
      predMonths: 'number',
      rmse: 'number',
      baselineRmse: 'number',
      r2: 'number',
      baselineR2: 'number',
      alert: 'id',
      proposal: 'id',
    },
  },
  'decision-unused': { level: 'warn', says: 'A decision of counsel is not used; the review says why.', fields: { review: 'id' } },
  'partner-refused': {
    level: 'warn',
    says: 'A call of a partner that sends requests of persons was refused, for this fault.',
    fields: { partner: 'id', fault: 'id' },
  },
  'callback-failed': {
    level: 'warn',
    says: 'A partner could not be told how its request stands; it is tried again.',
    fields: { request: 'id', fault: 'id' },
  },
  'door-failed': {
    level: 'error',
    says: 'A call over MCP or HTTP ended in an unexpected error.',
    fields: { door: 'id', code: 'code', frames: 'frames' },
  },
} as const satisfies Readonly<Record<string, LogEventSpec>>;

type Fields<Spec extends Readonly<Record<string, FieldForm>>> = {
  readonly [Name in keyof Spec]: Spec[Name] extends 'number' ? number | null : string | null;
};

/** An event with exactly the fields of its kind; null where one has no value. */
export type LogEvent = {
  [Name in keyof typeof logEvents]: { readonly event: Name } & Fields<(typeof logEvents)[Name]['fields']>;
}[keyof typeof logEvents];

/**
 * What of an event is logged: fields of the table, in its order, whose values have the form that they should.
 * @returns undefined for an event that the table does not have
 */
function loggable(event: LogEvent): { readonly level: LogLevel; readonly fields: Readonly<Record<string, string | number>> } | undefined {
  if (!Object.hasOwn(logEvents, event.event)) return undefined; // types are gone at run time, where third-party code logs too
  const spec: LogEventSpec = logEvents[event.event];
  const given: Readonly<Record<string, unknown>> = event;
  const fields = Object.entries(spec.fields).flatMap(([name, form]): [string, string | number][] => {
    const value = given[name];
    if (form === 'number') return typeof value === 'number' && Number.isFinite(value) ? [[name, value]] : [];
    return typeof value === 'string' && forms[form].test(value) ? [[name, value]] : [];
  });
  return { level: spec.level, fields: Object.fromEntries(fields) };
}

/** An event as one line of JSON. @returns undefined for an event that the table does not have */
export function logLine(event: LogEvent): { readonly level: LogLevel; readonly text: string } | undefined {
  const found = loggable(event);
  return found && { level: found.level, text: JSON.stringify({ level: found.level, event: event.event, ...found.fields }) };
}

/** What a log may say of an error: its code and where it was thrown, never its words. */
export function errorFields(thrown: unknown): { readonly code: string; readonly frames: string } {
  const own = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const code = isCohortiumError(thrown) ? thrown.code : forms.code.test(own) ? own : 'INTERNAL';
  return { code, frames: framesOf(thrown) };
}

/**
 * What may be kept and shown of an error that nobody foresaw. Its own words may hold a row of a customer: those of a JSON parser do.
 * @returns such as `an unexpected error in parseRow@rows.js:12`
 */
export function unexpectedWords(thrown: unknown): string {
  const [place = ''] = errorFields(thrown).frames.split(' ');
  return `an unexpected error${place === '' ? '' : ` in ${place}`}`;
}

/** The innermost eight frames of a stack, without its message, which stands before them and may have lines like theirs. */
function framesOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return '';
  const head = `${thrown.name}: ${thrown.message}`;
  const stack = thrown.stack.startsWith(head) ? thrown.stack.slice(head.length) : '';
  return Array.from(stack.matchAll(/^ {4}at (?:async )?(?:(\S[^(\n]*) )?\(?(?:[^()\n]*[/\\])?([\w.-]+):(\d+):\d+\)?$/gm))
    .slice(0, 8)
    .map(([, name = '<anonymous>', file = '', line = '']) => `${name.replaceAll(/[^\w$.<>[\] ]/g, '')}@${file}:${line}`)
    .join(' ');
}
