import { describe, expect, it } from 'vitest';

import { plantWindows } from '../../../test/fixtures/cohort-windows.ts';
import { dayOfIsoDate } from '../../sdk/numeric/index.ts';
import { createMemoryContent } from '../../testing/index.ts';
import { makeFrame } from './frame.ts';
import { readWindowTables } from './window-tables.ts';

const content = createMemoryContent();
const { reply, asOf } = plantWindows(content, { customers: 40 });
const tables = readWindowTables(content, reply, '90d', { currency: 'EUR', minorDigits: 2 });
const frame = makeFrame(tables, '90d', dayOfIsoDate(asOf) ?? 0, []);

describe('the signals of a frame', () => {
  it('are columns of one length, each made once however often a loop asks for it', () => {
    const events = frame.events(frame.firstDay, frame.asOfDay);
    for (const name of ['day', 'tsMs', 'type', 'sku', 'order', 'amountMinor'] as const) {
      expect(events[name]).toHaveLength(events.offsets.at(-1) ?? 0);
      expect(events[name]).toBe(events[name]);
    }
    expect(events.day.length).toBeGreaterThan(0);
  });
});
