/**
 * Memberships at full size: a publication of 13 definitions in 6 windows for a million customers, one of a second day on which
 * most of them stay, and one of 1,000 customers; then questions. Prints time, bytes and the highest resident set. The runs of a
 * window share one table of members, so that the disk holds the memberships and not 78 inputs.
 *
 * node --conditions=cohortium-source test/bench/memberships.bench.ts [--customers 1000000] [--definitions 13] [--in <folder>]
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { createContentStore } from '../../agents/adapters/files/content-store.ts';
import { createMemberships } from '../../agents/adapters/sqlite/memberships.ts';
import type { CohortRun } from '../../skills/cohort/definitions/cohort-run.ts';
import { noEnd } from '../../skills/cohort/definitions/cohort-run.ts';
import { windowIds } from '../../skills/cohort/definitions/definition.ts';
import { column, makeTable, type MembershipPublication } from '../../skills/sdk/index.ts';
import { dayOfIsoDate, makeRng } from '../../skills/sdk/numeric/index.ts';

const { values: given } = parseArgs({
  options: {
    customers: { type: 'string', default: '1000000' },
    definitions: { type: 'string', default: '13' },
    in: { type: 'string', default: tmpdir() },
  },
});
const customers = Number(given.customers);
const definitions = Number(given.definitions);
const directory = mkdtempSync(join(given.in, 'memberships-bench-'));
const content = createContentStore(join(directory, 'content'));
const store = createMemberships({ directory, content, clock: { now: () => Date.now() } });
const features = Array.from({ length: 12 }, (_, index) => `feature${index}`);
const ids = Array.from({ length: customers }, (_, index) => `c-${String(index).padStart(8, '0')}`);
/** Of all memberships, whatever the day: a customer's window moves with what the customer does. */
const end = dayOfIsoDate('2027-01-31') ?? noEnd;
const cohorts = Array.from({ length: 8 }, (_, index) => `k${index}`);

/** @param moving share of customers that are in another cohort, or in none, than on the day before */
function publicationOf(
  asOf: string,
  accounts: readonly number[] | Int32Array,
  names: readonly string[],
  moving: number,
): MembershipPublication {
  const runs = windowIds.flatMap((window, place) => {
    const random = makeRng(window);
    const change = makeRng(`${window}/${asOf}`);
    const rows = accounts.length;
    const cohort = Int32Array.from({ length: rows }, () => Math.floor(random.uniform() * 8));
    const confidence = Float64Array.from({ length: rows }, () => 0.5 + random.uniform() / 2);
    for (let row = 0; row < rows; row++) if (change.uniform() < moving) cohort[row] = Math.floor(change.uniform() * 8);
    const reason = (rank: number) => column.int32(Int32Array.from({ length: rows }, (_, row) => (row + 5 * rank + place) % 12));
    const contribution = () => column.float64(Float64Array.from({ length: rows }, () => random.uniform() - 0.3));
    const members = content.putTable(
      makeTable({
        account: column.int32(Int32Array.from({ length: rows }, (_, row) => row)),
        cohort: column.int32(cohort),
        confidence: column.float64(confidence),
        raw: column.float64(confidence),
        until: column.int32(new Int32Array(rows).fill(window === 'lifetime' ? noEnd : end)),
        reason1: reason(0),
        reason2: reason(1),
        reason3: reason(2),
        contribution1: contribution(),
        contribution2: contribution(),
        contribution3: contribution(),
      }),
    );
    return Array.from({ length: definitions }, (_, index) => {
      const run: CohortRun = {
        format: 'cohortium/cohort-run@1',
        definition: { id: `definition-${index}`, version: 1 },
        title: `Definition ${index}`,
        method: 'k-means',
        window,
        asOf,
        resolution: { precedence: 0, family: null, hysteresis: { margin: 0, runs: 1 } },
        seed: 'bench',
        model: null,
        skipped: null,
        members,
        features,
        confidenceKind: 'margin',
        cohorts: cohorts.map((key) => ({ key, name: key, size: 0, share: 0, says: [], traits: [], stability: null })),
        keysUsed: cohorts.length,
        population: { customers: rows, inNone: 0 },
        quality: { silhouette: null, adjustedRandIndex: null, own: {}, calibrationError: null },
        picture: null,
      };
      return content.putJson(run);
    });
  });
  return {
    runs: content.putJson(runs),
    customers: content.putTable(makeTable({ customerId: column.text(names) })),
    memberships: null,
    accounts: null,
    asOf,
  };
}

async function timed<Result>(what: string, work: () => Promise<Result> | Result): Promise<Result> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const peak = (process.resourceUsage().maxRSS / 2 ** 20).toFixed(2);
  console.log(
    `${what}: ${((performance.now() - start) / 1000).toFixed(3)} s, ${((user + system) / 1e6).toFixed(2)} CPU s, peak resident ${peak} GB, rows on disk ${bytesOnDisk()}`,
  );
  return result;
}

function bytesOnDisk(): string {
  const folder = join(directory, 'memberships');
  const files = readdirSync(folder).filter((file) => file.endsWith('.rows'));
  return `${(files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / 2 ** 30).toFixed(2)} GB`;
}

const publish = (publication: MembershipPublication, idempotencyKey: string, isPartial = false) =>
  store.publish({ ...publication, isPartial }, { signal: new AbortController().signal, idempotencyKey });
const everybody = Int32Array.from({ length: customers }, (_, index) => index);

console.log(
  `${customers} customers, ${definitions} definitions, ${windowIds.length} windows: ${customers * definitions * windowIds.length} memberships`,
);
try {
  const first = publicationOf('2026-01-31', everybody, ids, 0);
  console.log(await timed('everybody, the first time', () => publish(first, 'first')));
  const second = publicationOf('2026-02-28', everybody, ids, 0.1);
  console.log(await timed('everybody, a tenth moving', () => publish(second, 'second')));
  for (let round = 0; round < 5; round++) {
    const touched = Array.from({ length: 1000 }, (_, index) => Math.floor(((index + (round + 1) / 7) * customers) / 1000));
    const names = touched.map((index) => ids[index] ?? '');
    const part = publicationOf('2026-03-01', touched, names, 0.3 + round / 10);
    console.log(await timed(`1,000 customers, round ${round + 1}`, () => publish(part, `part-${round}`, true)));
  }
  const someone = ids[Math.floor(customers / 3)] ?? '';
  const found = await timed('all memberships of a customer', () => store.memberships({ customerId: someone }));
  console.log(`${found.memberships.length} memberships`);
  await timed('the same a month before', () => store.memberships({ customerId: someone, asOf: '2026-02-01' }));
  const page = await timed('a page of a cohort', () => store.members({ axis: 'definition-0', window: '90d', cohort: 'k1', limit: 100 }));
  await timed('the next page', () =>
    store.members({ axis: 'definition-0', window: '90d', cohort: 'k1', limit: 100, cursor: page.nextCursor ?? '' }),
  );
  const { moved } = await timed('transitions of a definition in a window', () =>
    store.transitions({ definition: 'definition-0', window: '90d', from: '2026-01-31', to: '2026-02-28' }),
  );
  console.log(`${moved} moved`);
} finally {
  store.close();
  rmSync(directory, { recursive: true });
}
