/**
 * Journeys and funnels over the same simulated events: CPU seconds, and the agreement of the journeys with the chains that made
 * the events. Neither has a peer to compare with.
 *
 * node --conditions=cohortium-source test/bench/cohort-sequences.bench.ts [--customers 1000000]
 */
import { parseArgs } from 'node:util';

import type { TimedEvents } from '../../skills/cohort/core/methods/event-columns.ts';
import { traceFunnel } from '../../skills/cohort/core/methods/funnel/index.ts';
import { journey } from '../../skills/cohort/core/methods/journey/index.ts';
import { adjustedRandIndex } from '../../skills/cohort/core/methods/quality/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';

const { values: given } = parseArgs({ options: { customers: { type: 'string', default: '1000000' } } });
const kinds = 25;
const chains = 5;

for (const customers of [100_000, Number(given.customers)]) {
  const { data, truth } = planted(customers);
  const fitted = timed(() => journey.fit({ cohorts: chains }, data, 'bench'));
  const assigned = timed(() => journey.assign(fitted.value, data).label);
  console.log(
    `${customers} customers, ${data.events.length} events: journey of ${chains} chains ${fitted.cpu.toFixed(2)} s, assign ${assigned.cpu.toFixed(2)} s, ARI to planted ${adjustedRandIndex(assigned.value, truth).toFixed(4)}`,
  );
  const steps = ['e03', 'e11', 'e17'].map((event) => ({ events: [event] }));
  for (const order of ['between', 'strict'] as const) {
    const { cpu, value } = timed(() => traceFunnel({ steps, window: 7, order }, data).reached);
    const counts = [1, 2, 3].map((step) => value.reduce((total, reached) => total + (reached >= step ? 1 : 0), 0));
    console.log(`  funnel of 3 steps, ${order}: ${cpu.toFixed(2)} s, ${counts.join(' / ')} customers`);
  }
}

function timed<Value>(run: () => Value): { readonly cpu: number; readonly value: Value } {
  const before = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, value };
}

/** Four of five events follow one of two favourites of the one before; each chain has its own. */
function planted(customers: number): { readonly data: TimedEvents; readonly truth: Int32Array } {
  const rng = makeRng('sequences');
  const favourites = Int32Array.from({ length: chains * kinds * 2 }, () => rng.integer(kinds));
  const truth = Int32Array.from({ length: customers }, () => rng.integer(chains));
  const offsets = new Int32Array(customers + 1);
  for (let row = 0; row < customers; row++) offsets[row + 1] = (offsets[row] ?? 0) + 5 + rng.integer(20);
  const total = offsets[customers] ?? 0;
  const events = new Int32Array(total);
  const times = new Float64Array(total);
  for (let row = 0; row < customers; row++) {
    let kind = rng.integer(kinds);
    let time = 0;
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) {
      events[at] = kind;
      times[at] = time;
      time += rng.uniform() * 2;
      const own = ((truth[row] ?? 0) * kinds + kind) * 2 + rng.integer(2);
      kind = rng.uniform() < 0.8 ? (favourites[own] ?? 0) : rng.integer(kinds);
    }
  }
  const names = Array.from({ length: kinds }, (_, kind) => `e${String(kind).padStart(2, '0')}`);
  return { data: { names, offsets, events, times }, truth };
}
