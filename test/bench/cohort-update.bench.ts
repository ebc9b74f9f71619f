/**
 * How long an update of cohorts takes for a few customers of many, effect by effect: wall clock and processor time in this process, from
 * the call to the published memberships. A simulated merchant is written, some definitions are computed in all six windows, then five
 * signals of each touched customer are captured, one of them late, and the update runs; several times over, each time with new signals.
 *
 * node --conditions=cohortium-source test/bench/cohort-update.bench.ts [--customers 50000] [--touched 1000] [--rounds 3]
 *   [--definitions rfm-segments,shopping-levels] [--folder <kept between calls>]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { initOperatorDirectory, openAgent, simulateIntoLog } from '../../agents/customer-data-graph/index.ts';
import type { CustomerDataGraph } from '../../agents/customer-data-graph/interface.ts';

const { values: given } = parseArgs({
  options: {
    customers: { type: 'string', default: '50000' },
    touched: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    definitions: { type: 'string', default: 'rfm-segments,shopping-levels' },
    folder: { type: 'string', default: '' },
  },
});
const [customers, touched, rounds] = [Number(given.customers), Number(given.touched), Number(given.rounds)];
const definitions = given.definitions.split(',');
/** Last day of a simulated log. */
const asOf = '2024-12-31';

interface Phase {
  readonly name: string;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A clock that is told where a phase begins. */
function phaseClock(): { readonly begin: (name: string) => void; readonly end: () => readonly Phase[] } {
  const phases: Phase[] = [];
  let current: { readonly name: string; readonly at: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  const close = (): void => {
    if (!current) return;
    const { user, system } = process.cpuUsage(current.cpu);
    phases.push({ name: current.name, wallMs: performance.now() - current.at, cpuMs: (user + system) / 1000 });
  };
  return {
    begin(name) {
      close();
      current = { name, at: performance.now(), cpu: process.cpuUsage() };
    },
    end() {
      close();
      current = undefined;
      return phases;
    },
  };
}

async function withAgent<T>(directory: string, work: (agent: CustomerDataGraph) => Promise<T>): Promise<T> {
  const agent = await openAgent(directory);
  try {
    return await work(agent);
  } finally {
    await agent.close();
  }
}

function signalsOf(round: number): readonly object[] {
  // Others each time: customers who are touched again and again have more signals than customers have.
  const apart = Math.floor(customers / touched);
  const width = String(customers).length;
  const types = ['browse', 'visit', 'browse', 'purchase', 'browse'];
  return Array.from({ length: touched * 5 }, (_, at) => {
    const [who, kind] = [Math.floor(at / 5), at % 5];
    const userId = `c${String(1 + who * apart + (round % apart)).padStart(width, '0')}`;
    const type = types[kind] ?? 'browse';
    const order = { amountMinor: 4900 + who, currency: 'EUR', orderId: `update-${round}-${who}`, sku: 'halden-12' };
    return {
      id: `update-${round}-${at}`,
      type,
      customer: { userId },
      at: `${kind === 4 ? '2024-12-03' : asOf}T1${kind}:00:00Z`,
      location: 'Vienna',
      channel: 'web',
      properties: type === 'purchase' ? order : {},
    };
  });
}

function print(title: string, phases: readonly Phase[]): void {
  process.stdout.write(`${title}\n`);
  for (const { name, wallMs, cpuMs } of phases) {
    process.stdout.write(`  ${name.padEnd(34)} ${wallMs.toFixed(0).padStart(7)} ms wall ${cpuMs.toFixed(0).padStart(7)} ms processor\n`);
  }
  const [wall, cpu] = [phases.reduce((total, { wallMs }) => total + wallMs, 0), phases.reduce((total, { cpuMs }) => total + cpuMs, 0)];
  process.stdout.write(`  ${'all'.padEnd(34)} ${wall.toFixed(0).padStart(7)} ms wall ${cpu.toFixed(0).padStart(7)} ms processor\n`);
}

const folder = given.folder === '' ? mkdtempSync(join(tmpdir(), 'cohort-update-bench-')) : given.folder;
try {
  if (!existsSync(join(folder, '.cohortium', 'memberships'))) {
    const clock = phaseClock();
    clock.begin('simulate');
    await initOperatorDirectory(folder);
    await simulateIntoLog(folder, { seed: 'update bench', customers, months: 12 });
    await withAgent(folder, async (agent) => {
      clock.begin('compute');
      await agent.computeCohorts({ asOf, definitions });
    });
    print(`${customers} customers, ${definitions.join(', ')} in six windows`, clock.end());
  }
  for (let round = 0; round < rounds; round++) {
    await withAgent(folder, async (agent) => {
      const { accepted, quarantined } = await agent.capture(signalsOf(Date.now()), 'bench');
      if (quarantined > 0) throw new Error(`${quarantined} signals are in quarantine`);
      const load = loadavg()[0] ?? 0;
      const clock = phaseClock();
      clock.begin('plan and start');
      const { update } = await agent.updateCohorts({ asOf, definitions }, { onProgress: ({ message }) => clock.begin(message) });
      print(
        `update ${round + 1}: ${accepted} signals, ${update?.customers} customers assigned, ${update?.moved} moved; ${availableParallelism()} processors, load ${load.toFixed(1)}`,
        clock.end(),
      );
    });
  }
} finally {
  if (given.folder === '') rmSync(folder, { recursive: true, force: true });
}
