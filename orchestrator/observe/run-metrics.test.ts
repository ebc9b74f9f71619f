import { describe, expect, it } from 'vitest';

import { jsonLogger } from './json-logger.ts';
import { measureRuns } from './run-metrics.ts';

describe('the logger', () => {
  it('writes one JSON object per line, from its lowest level up', () => {
    const lines: string[] = [];
    const logger = jsonLogger((line) => lines.push(line), 'warn');
    logger.log('info', 'effect', { kind: 'clv.fit' });
    logger.log('warn', 'effect', { kind: 'clv.fit', code: 'STORE_BUSY' });
    expect(lines).toEqual(['{"level":"warn","message":"effect","kind":"clv.fit","code":"STORE_BUSY"}']);
  });
});

describe('metrics', () => {
  it('add up effects by kind, and pass everything on', () => {
    const heard: string[] = [];
    const metrics = measureRuns({ log: (_level, message) => void heard.push(message) });
    metrics.log('debug', 'effect', { kind: 'clv.fit', ms: 30 });
    metrics.log('warn', 'effect', { kind: 'clv.fit', ms: 50, code: 'NUMERIC_DOMAIN' });
    metrics.log('error', 'run cannot be resumed', {});
    expect(metrics.effects()).toEqual({ 'clv.fit': { count: 2, failed: 1, totalMs: 80, longestMs: 50 } });
    expect(heard).toEqual(['effect', 'effect', 'run cannot be resumed']);
  });
});
