import { describe, expect, it } from 'vitest';

import type { TimedEvents } from '../event-columns.ts';
import { funnel, type FunnelConfig, type FunnelTrace, traceFunnel, wilsonInterval } from './index.ts';

const names = ['a', 'b', 'c', 'd', 'x'];

/** Histories such as `a0 b1.5 c3`, one per customer. */
function eventsOf(...histories: readonly string[]): TimedEvents {
  const offsets = new Int32Array(histories.length + 1);
  const all = histories.flatMap((text, row) => {
    const parts = text.split(' ').filter(Boolean);
    offsets[row + 1] = offsets[row]! + parts.length;
    return parts;
  });
  return {
    names,
    offsets,
    events: Int32Array.from(all, (part) => names.indexOf(part[0]!)),
    times: Float64Array.from(all, (part) => Number(part.slice(1))),
  };
}

const step = (event: string, more: object = {}): FunnelConfig['steps'][number] => ({ events: [event], ...more });
const abc: FunnelConfig = { steps: [step('a'), step('b'), step('c')], window: 10 };

function reach(config: FunnelConfig, ...histories: readonly string[]): number[] {
  return [...traceFunnel(config, eventsOf(...histories)).reached];
}

describe('funnel', () => {
  it('counts who got how far, with intervals and times', () => {
    const data = eventsOf('a0 b2 c6', 'a0 x1 b4', 'a0 b20', 'b0 c1', '');
    const model = funnel.fit(abc, data, 'seed');
    expect(model.table.map(({ name, count, did, sinceBefore }) => [name, count, did, sinceBefore?.median])).toEqual([
      ['a', 3, 3, undefined],
      ['b', 2, 2, 3],
      ['c', 1, 1, 4],
    ]);
    // statsmodels 0.15.0, proportion_confint(2, 3, method='wilson'): (0.2076596008020477, 0.9385080552796037).
    expect(model.table[1]?.ofBefore?.share).toBe(2 / 3);
    expect(model.table[1]?.ofBefore?.low).toBeCloseTo(0.207_659_600_802_047_7, 12);
    expect(model.table[1]?.ofBefore?.high).toBeCloseTo(0.938_508_055_279_603_7, 12);
    expect(model.cohorts.map(({ name, size }) => [name, size])).toEqual([
      ['not entered', 2],
      ['reached a', 1],
      ['reached b', 1],
      ['converted', 1],
    ]);
    expect(funnel.assign(model, data)).toEqual({
      label: Int32Array.of(3, 2, 1, 0, 0),
      confidence: new Float64Array(5).fill(1),
      kind: 'rule',
    });
  });

  it('counts the window from the entry, its end included', () => {
    expect(reach(abc, 'a0 b5 c10', 'a0 b5 c10.1')).toEqual([3, 2]);
  });

  it('lets a later first step renew the window, unless the first touch counts', () => {
    const history = 'a0 a8 b9 c17';
    expect(reach(abc, history)).toEqual([3]);
    expect(reach({ ...abc, attempt: 'first' }, history)).toEqual([2]);
    expect(traceFunnel(abc, eventsOf(history)).times).toEqual(Float64Array.of(8, 9, 17));
    expect(traceFunnel({ ...abc, attempt: 'first' }, eventsOf(history)).times).toEqual(Float64Array.of(0, 9, Number.NaN));
  });

  it('goes on with an older attempt while the newer one is behind', () => {
    expect([...traceFunnel(abc, eventsOf('a0 b1 a2 c3')).times]).toEqual([0, 1, 3]);
  });

  it('lets nothing between the steps when strict', () => {
    expect(reach({ ...abc, order: 'strict' }, 'a0 b1 c2', 'a0 x1 b2', 'a0 b1 b2 c3', 'a0 a1 b2 c3')).toEqual([3, 1, 2, 3]);
  });

  it('takes steps in any order between anchors', () => {
    const config = { steps: [step('a'), step('b'), step('c', { anyOrder: true }), step('d')], window: 10 };
    expect(reach(config, 'a0 c1 b2 d3', 'a0 b1 c2 d3', 'a0 c1 d2', 'c0 b1 a2 d3')).toEqual([4, 4, 2, 1]);
    const model = funnel.fit(config, eventsOf('a0 c1 b2 d3', 'a0 c1 d2'), 'seed');
    expect(model.table.map(({ name, count, did }) => [name, count, did])).toEqual([
      ['a', 2, 2],
      ['1 of b, c', 2, 1],
      ['2 of b, c', 1, 2],
      ['d', 1, 1],
    ]);
  });

  it('takes all steps in any order', () => {
    const config = { steps: [step('a'), step('b', { anyOrder: true }), step('c', { anyOrder: true })], window: 10 };
    expect(reach(config, 'c0 a1 b2', 'b0 b1 b2', 'c0 a9 b11', 'x0')).toEqual([3, 1, 2, 0]);
  });

  it('passes optional steps that were left out', () => {
    const config = { steps: [step('a'), step('b', { optional: true }), step('c')], window: 10 };
    const data = eventsOf('a0 b1 c2', 'a0 c2', 'a0 b1');
    expect([...traceFunnel(config, data).reached]).toEqual([3, 3, 2]);
    expect(funnel.fit(config, data, 'seed').table.map(({ count, ofBefore }) => [count, ofBefore?.share])).toEqual([
      [3, 1],
      [2, 2 / 3],
      [2, 2 / 3],
    ]);
  });

  it('ends attempts at an exclusion, and counts them', () => {
    const config = { ...abc, exclusions: [{ events: ['x'], after: 1, before: 2 }] };
    const trace = traceFunnel(config, eventsOf('a0 x1 b2 c3', 'a0 b1 x2 c3', 'a0 x1 a2 b3 c4', 'a0 x11'));
    expect([...trace.reached]).toEqual([1, 3, 3, 1]);
    expect([...trace.excluded]).toEqual([1, 0, 0, 0]);
  });

  it('takes events of the same time in the order of the steps, whatever their order in the columns', () => {
    expect(reach(abc, 'c0 b0 a0', 'a0 b0 c0', 'b0 a0 c0')).toEqual([3, 3, 3]);
    expect(reach({ ...abc, order: 'strict' }, 'a0 b1 x1 c1', 'a0 x1 b1 c1')).toEqual([1, 1]);
  });

  it('uses an event for one step of an attempt only', () => {
    expect(reach({ steps: [step('a'), step('a'), step('a')], window: 10 }, 'a0', 'a0 a1', 'a0 a0 a0')).toEqual([1, 2, 3]);
  });
});

describe('funnel at the edges', () => {
  it('takes no customers and customers without events', () => {
    const model = funnel.fit(abc, eventsOf(), 'seed');
    expect(model.table.map(({ count, ofBefore }) => [count, ofBefore])).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    expect(reach(abc, '', '')).toEqual([0, 0]);
  });

  it('takes times before zero', () => {
    expect(reach(abc, 'a-9 b-5 c-1')).toEqual([3]);
  });

  it('refuses events out of order, without a time or without a name', () => {
    expect(() => reach(abc, 'a1 b0')).toThrow(/never descend within a row; found 0 after 1 in row 0/);
    expect(() => reach(abc, 'aNaN')).toThrow(/found NaN/);
    const data = eventsOf('a0 b1');
    expect(() => traceFunnel(abc, { ...data, times: new Float64Array(1) })).toThrow(/found 1 times of 2 events/);
    expect(() => traceFunnel(abc, { ...data, events: Int32Array.of(0, 5) })).toThrow(/event 1 has kind 5/);
    expect(() => traceFunnel(abc, { ...data, offsets: Int32Array.of(0, 1) })).toThrow(/must ascend from 0 to the 2 events/);
  });

  it.each<readonly [Partial<FunnelConfig>, RegExp]>([
    [{ steps: [] }, /has no steps/],
    [{ steps: [step('q')] }, /step 1 names the event 'q', which the data do not have; they have a, b, c, d, x/],
    [{ window: 0 }, /window must be a number > 0; found 0/],
    [{ level: 1 }, /level must be in/],
    [{ steps: [step('a', { optional: true }), step('b')] }, /step 1 is optional; the first and the last/],
    [{ steps: [step('a'), step('b', { optional: true }), step('c', { anyOrder: true })] }, /optional and in any order/],
    [{ steps: [step('a', { anyOrder: true })] }, /step 1 cannot be in any order/],
    [{ exclusions: [{ events: ['x'], after: 2, before: 2 }] }, /exclusion 1 must lie between two of the 3 steps/],
    [{ exclusions: [{ events: ['b'], after: 1, before: 3 }] }, /'b' is a step and an exclusion/],
  ])('refuses %j', (wrong, message) => {
    expect(() => traceFunnel({ ...abc, ...wrong }, eventsOf(''))).toThrow(message);
  });
});

describe('funnel always', () => {
  it('gives each customer the same in every order of rows, and after JSON', () => {
    const histories = ['a0 b2 c6', 'a0 x1 b4', 'b0', 'a1 a2 b3', ''];
    const model = funnel.fit(abc, eventsOf(...histories), 'seed');
    const again = funnel.fit(abc, eventsOf(...histories.toReversed()), 'other seed');
    expect(again).toEqual(model);
    const label = funnel.assign(JSON.parse(JSON.stringify(model)), eventsOf(...histories.toReversed())).label;
    expect([...label].toReversed()).toEqual([...funnel.assign(model, eventsOf(...histories)).label]);
  });

  it('does not mind how the kinds of event are numbered', () => {
    const data = eventsOf('a0 b2 c6', 'a0 c1 b4');
    const turned: TimedEvents = { ...data, names: names.toReversed(), events: data.events.map((kind) => names.length - 1 - kind) };
    const same = (trace: FunnelTrace): unknown => [trace.reached, trace.times];
    expect(same(traceFunnel(abc, turned))).toEqual(same(traceFunnel(abc, data)));
  });

  it('keeps the Wilson interval in [0, 1] at the ends', () => {
    // statsmodels 0.15.0, proportion_confint(0, 10, method='wilson'): (0.0, 0.27753279986288926).
    const { low, high } = wilsonInterval(0, 10, 0.95);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.277_532_799_862_889_26, 12);
    expect(wilsonInterval(10, 10, 0.95).high).toBe(1);
  });
});
