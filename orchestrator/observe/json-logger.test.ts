import { describe, expect, it } from 'vitest';

import { CohortiumError, errorFields, type LogEvent, logEvents, logLine } from '../../skills/sdk/index.ts';
import { jsonLogger } from './json-logger.ts';

const logged = (event: unknown): string => {
  const lines: string[] = [];
  jsonLogger((line) => void lines.push(line), 'debug').log(event as LogEvent); // what third-party code without types would pass
  return lines.join('\n');
};

describe('the log', () => {
  it('has the fields of the table, in its order', () => {
    expect(logged({ ms: 12, event: 'effect-failed', kind: 'gate.decide', run: 'run-1', step: 'gate', code: 'STORE_FULL' })).toBe(
      '{"level":"warn","event":"effect-failed","run":"run-1","step":"gate","kind":"gate.decide","ms":12,"code":"STORE_FULL"}',
    );
  });

  it('drops fields that the table does not have', () => {
    const line = logged({
      event: 'run-stuck',
      run: 'run-1',
      code: 'INTERNAL',
      email: 'ada@example.org',
      message: 'Ada',
      cause: new Error('Ada'),
    });
    expect(JSON.parse(line)).toEqual({ level: 'error', event: 'run-stuck', run: 'run-1', code: 'INTERNAL' });
  });

  it('drops values that do not look like what they should be', () => {
    for (const run of ['ada@example.org', '+49 170 1234567', 'Ada Lovelace', 'x'.repeat(129), '', 7, { id: 'x' }, 'a\nb', 'Müller']) {
      expect(JSON.parse(logged({ event: 'run-stuck', run, code: 'no code', ms: 1 }))).toEqual({ level: 'error', event: 'run-stuck' });
    }
    expect(JSON.parse(logged({ event: 'effect-done', run: 'r', step: 's', kind: 'k', ms: Number.NaN }))).not.toHaveProperty('ms');
  });

  it('drops events that the table does not have, names of inherited properties among them', () => {
    for (const event of ['hello', 'toString', '__proto__', undefined]) expect(logged({ event, run: 'r' })).toBe('');
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    const logger = jsonLogger((line) => void lines.push(line), 'error');
    logger.log({ event: 'decision-unused', review: 'r-1' });
    logger.log({ event: 'run-stuck', run: 'r', code: 'INTERNAL' });
    expect(lines).toHaveLength(1);
  });

  it('has a level and a sentence for every event', () => {
    for (const { level, says } of Object.values(logEvents)) {
      expect(['debug', 'info', 'warn', 'error']).toContain(level);
      expect(says).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('an error in the log', () => {
  it('is its code and where it was thrown, without a word of it', () => {
    for (const message of ['no customer kestrelina@example.org', 'Kestrelina\n    at kestrelina (kestrelina@example.org:1:1)\n', '']) {
      const { code, frames } = errorFields(new CohortiumError('STORE_FULL', message));
      expect(code).toBe('STORE_FULL');
      expect(frames).toMatch(/json-logger\.test\.ts:\d+/);
      expect(frames).not.toMatch(/kestrelina/i);
      const line = logLine({ event: 'door-failed', door: 'mcp/explain', code, frames })?.text ?? '';
      expect(line).toContain('json-logger.test.ts');
    }
  });

  it('keeps the code of the system, and nothing that only stands in its place', () => {
    expect(errorFields(Object.assign(new Error('x'), { code: 'ECONNRESET' })).code).toBe('ECONNRESET');
    expect(errorFields(Object.assign(new Error('x'), { code: 'ada@example.org' })).code).toBe('INTERNAL');
    expect(errorFields('Ada Lovelace')).toEqual({ code: 'INTERNAL', frames: '' });
    const renamed = new Error('after');
    renamed.stack = 'Error: before\n    at ada (ada.ts:1:1)\n    at bob (bob.ts:2:2)'; // where the message ends cannot be told
    expect(errorFields(renamed).frames).toBe('');
  });
});
