import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { tools } from './catalog.ts';
import { makeConfirmations } from './confirmations.ts';
import { portableSchema } from './portable-schema.ts';
import { progressReporter } from './progress-reporter.ts';

describe('confirmations', () => {
  const decision = { reviewId: 'r', decision: 'approve', by: 'Ada', note: 'n' };

  it('accept a code once, for its own decision', () => {
    const confirmations = makeConfirmations();
    const code = confirmations.issue(decision);
    expect(() => confirmations.redeem(code, { ...decision, by: 'Eve' })).toThrow('another decision');
    confirmations.redeem(code, decision);
    expect(() => confirmations.redeem(code, decision)).toThrow('unknown, used or expired');
  });

  it('expire after ten minutes', () => {
    let now = 0;
    const confirmations = makeConfirmations(() => now);
    const code = confirmations.issue(decision);
    now = 10 * 60 * 1000 + 1;
    expect(() => confirmations.redeem(code, decision)).toThrow('expired');
  });

  it('forget the oldest when somebody asks for too many', () => {
    const confirmations = makeConfirmations();
    const first = confirmations.issue(decision);
    for (let count = 0; count < 300; count++) confirmations.issue(decision);
    expect(() => confirmations.redeem(first, decision)).toThrow('unknown');
  });
});

describe('progressReporter', () => {
  it('only grows, stays below 1 and stops', () => {
    const fraction = fc.oneof(fc.double({ min: -1, max: 2 }), fc.constant(1), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(fraction), (fractions) => {
        const sent: number[] = [];
        let now = 0;
        const reporter = progressReporter(
          async (value) => void sent.push(value),
          () => (now += 1000),
        );
        for (const value of fractions) reporter.report({ fraction: value, message: '' });
        const before = sent.length;
        reporter.stop();
        reporter.report({ fraction: 0.999, message: '' });
        expect(sent).toHaveLength(before);
        expect(sent.every((value, at) => value < 1 && (at === 0 || value > (sent[at - 1] ?? 0)))).toBe(true);
      }),
    );
  });

  it('sends at most ten a second and survives a client that is gone', () => {
    let now = 0;
    const send = vi.fn<() => Promise<void>>(() => Promise.reject(new Error('gone')));
    const reporter = progressReporter(send, () => now);
    for (let tick = 0; tick < 100; tick++) {
      now = tick * 10;
      reporter.report({ fraction: tick / 100, message: '' });
    }
    expect(send).toHaveBeenCalledTimes(10);
  });
});

describe('portableSchema', () => {
  it('says "anything" in the way that every client reads', () => {
    const schema = portableSchema(z.strictObject({ any: z.unknown(), map: z.record(z.string(), z.unknown()), whole: z.int() }), 'input');
    expect(schema).toEqual({
      type: 'object',
      properties: { any: true, map: { type: 'object', additionalProperties: true }, whole: { type: 'integer' } },
      required: ['any', 'map', 'whole'],
      additionalProperties: false,
    });
  });

  it('keeps fields that are named like keywords', () => {
    expect(portableSchema(z.strictObject({ id: z.string() }), 'output')).toMatchObject({ properties: { id: { type: 'string' } } });
  });
});

describe('the tools', () => {
  it('are at most twelve and have names of their own', () => {
    expect(tools.length).toBeLessThanOrEqual(12);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });

  it('call only what sends outside open-world, and only what cannot be undone destructive', () => {
    expect(tools.filter(({ hints }) => hints.openWorldHint).map(({ name }) => name)).toEqual(['run_pipeline']);
    expect(tools.filter(({ hints }) => hints.destructiveHint).map(({ name }) => name)).toEqual(['decide_review']);
  });
});
