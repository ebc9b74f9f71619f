/**
 * Feature tables from a list of purchases held in memory, with the shape and row order of the warehouse port. A second,
 * plain reading of the same definitions, for tests that run skills without an engine. Net amounts only; returns are the
 * warehouse's business.
 */
import type { AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate';
import { initialTransition, transition } from 'xstate';

import {
  column,
  compareText,
  type Digest,
  digestOf,
  decodeTable,
  encodeTable,
  type FeatureReply,
  jsonMedia,
  makeTable,
  type PureContext,
  type Ref,
  sha256,
  type SkillDefinition,
  type Table,
  tableMedia,
} from '../../skills/sdk/index.ts';

export interface Purchase {
  readonly customerId: string;
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  readonly spendMinor: number;
}

/** A content store in memory, as a pure effect sees it. */
export function memoryContext(seed: string): PureContext {
  const tables = new Map<string, Table>();
  const documents = new Map<string, string>();
  return {
    readTable: (ref) => {
      const table = tables.get(ref.digest);
      if (!table) throw new Error(`no table ${ref.digest}`);
      return table;
    },
    writeTable: (table) => {
      const { bytes, digest } = encodeTable(table);
      tables.set(digest, decodeTable(bytes).table);
      return { digest, media: tableMedia, rows: table.rows };
    },
    readJson: (ref) => JSON.parse(documents.get(ref.digest) ?? 'null') as unknown, // tests read it back by its schema
    writeJson: (value) => {
      const digest = digestOf(value);
      documents.set(digest, JSON.stringify(value));
      return { digest, media: jsonMedia, rows: 0 };
    },
    seed: sha256(seed) as Digest, // sha256 is a digest by construction
  };
}

/** Features as of a day, with the outcomes of the days after it. */
export function featuresOf(purchases: readonly Purchase[], asOfDay: number, outcomeDays: number, context: PureContext): FeatureReply {
  const byCustomer = Map.groupBy(
    purchases.filter((purchase) => purchase.day <= asOfDay + outcomeDays),
    (purchase) => purchase.customerId,
  );
  const ids = [...byCustomer.keys()].filter((id) => byCustomer.get(id)?.some((purchase) => purchase.day <= asOfDay)).sort(compareText);
  const spendOf = (list: readonly Purchase[]): number => list.reduce((total, purchase) => total + purchase.spendMinor, 0);
  const daysOf = (list: readonly Purchase[]): number[] => [...new Set(list.map((purchase) => purchase.day))].sort((a, b) => a - b);
  const histories = ids.map((id) => {
    const all = byCustomer.get(id) ?? [];
    const known = all.filter((purchase) => purchase.day <= asOfDay);
    const outcome = all.filter((purchase) => purchase.day > asOfDay);
    const days = daysOf(known);
    const first = days[0] ?? 0;
    return { known, days, first, outcome, outcomeDays: daysOf(outcome), last: days.at(-1) ?? 0 };
  });
  const int32 = (values: readonly number[]): ReturnType<typeof column.int32> => column.int32(Int32Array.from(values));
  const float64 = (values: readonly number[]): ReturnType<typeof column.float64> => column.float64(Float64Array.from(values));
  const cells = histories.flatMap(({ known, days }, account) => {
    const found = new Map<
      string,
      {
        account: number;
        purchase: Purchase;
        baskets: number;
        spendMinor: number;
        days: number[];
        visits: { day: number; share: number; spendMinor: number }[];
      }
    >();
    for (const day of days) {
      const lines = known.filter((purchase) => purchase.day === day);
      const total = spendOf(lines);
      for (const purchase of lines) {
        const key = `${purchase.location}\n${purchase.channel}\n${purchase.brand}`;
        const cell = found.get(key) ?? { account, purchase, baskets: 0, spendMinor: 0, days: [], visits: [] };
        const share = total > 0 ? purchase.spendMinor / total : 1 / lines.length;
        cell.baskets += share;
        cell.spendMinor += purchase.spendMinor;
        const visit = cell.visits.at(-1);
        if (visit?.day === day) {
          visit.share += share;
          visit.spendMinor += purchase.spendMinor;
        } else {
          cell.days.push(day);
          cell.visits.push({ day, share, spendMinor: purchase.spendMinor });
        }
        found.set(key, cell);
      }
    }
    return [...found].sort(([a], [b]) => compareText(a, b)).map(([, cell]) => cell);
  });
  const visits = cells
    .flatMap((cell, index) => cell.visits.map((visit) => ({ ...visit, account: cell.account, cell: index })))
    .sort((a, b) => a.account - b.account || a.day - b.day || a.cell - b.cell);
  const largest = (list: readonly Purchase[], of: (purchase: Purchase) => string): string => {
    const sums = [...Map.groupBy(list, of)].map(([name, lines]) => ({ name, spend: spendOf(lines) }));
    return sums.sort((a, b) => b.spend - a.spend || compareText(a.name, b.name))[0]?.name ?? '';
  };
  const start = histories.reduce((least, { first }) => Math.min(least, first), asOfDay);
  const weeks = Math.floor((asOfDay + outcomeDays - start) / 7) + 1;
  const weekly = { baskets: new Int32Array(weeks), repeatBaskets: new Int32Array(weeks), newCustomers: new Int32Array(weeks) };
  for (const list of byCustomer.values()) {
    daysOf(list).forEach((day, index) => {
      const week = Math.floor((day - start) / 7);
      const kind = index === 0 ? weekly.newCustomers : weekly.repeatBaskets;
      weekly.baskets[week] = (weekly.baskets[week] ?? 0) + 1;
      kind[week] = (kind[week] ?? 0) + 1;
    });
  }
  return {
    accounts: context.writeTable(
      makeTable({
        customerId: column.text(ids),
        x: int32(histories.map(({ days }) => days.length - 1)),
        txDays: int32(histories.map(({ first, last }) => last - first)),
        TDays: int32(histories.map(({ first }) => asOfDay - first)),
        repeatSpendMinor: float64(histories.map(({ known, first }) => spendOf(known.filter(({ day }) => day > first)))),
        totalSpendMinor: float64(histories.map(({ known }) => spendOf(known))),
        baskets: int32(histories.map(({ days }) => days.length)),
        firstDay: int32(histories.map(({ first }) => first)),
        lastDay: int32(histories.map(({ last }) => last)),
        outcomeBaskets: int32(histories.map((history) => history.outcomeDays.length)),
        outcomeSpendMinor: float64(histories.map(({ outcome }) => spendOf(outcome))),
      }),
    ),
    cells: context.writeTable(
      makeTable({
        account: int32(cells.map(({ account }) => account)),
        location: column.text(cells.map(({ purchase }) => purchase.location)),
        channel: column.text(cells.map(({ purchase }) => purchase.channel)),
        brand: column.text(cells.map(({ purchase }) => purchase.brand)),
        baskets: float64(cells.map(({ baskets }) => baskets)),
        days: int32(cells.map(({ days }) => days.length)),
        firstDay: int32(cells.map(({ days }) => days[0] ?? 0)),
        lastDay: int32(cells.map(({ days }) => days.at(-1) ?? 0)),
        spendMinor: float64(cells.map(({ spendMinor }) => spendMinor)),
      }),
    ),
    visits: context.writeTable(
      makeTable({
        account: int32(visits.map(({ account }) => account)),
        day: int32(visits.map(({ day }) => day)),
        cell: int32(visits.map(({ cell }) => cell)),
        share: float64(visits.map(({ share }) => share)),
        spendMinor: float64(visits.map(({ spendMinor }) => spendMinor)),
      }),
    ),
    profiles: context.writeTable(
      makeTable({
        customerId: column.text(ids),
        homeLocation: column.text(histories.map(({ known }) => largest(known, (purchase) => purchase.location))),
        homeChannel: column.text(histories.map(({ known }) => largest(known, (purchase) => purchase.channel))),
        homeBrand: column.text(histories.map(({ known }) => largest(known, (purchase) => purchase.brand))),
        ...Object.fromEntries(
          ['vertical', 'loyaltyTier', 'subscription', 'source', 'firstSku'].map((name) => [name, column.text(ids.map(() => ''))]),
        ),
      }),
    ),
    weekly: context.writeTable(
      makeTable({
        week: int32(Array.from({ length: weeks }, (_, week) => week)),
        baskets: column.int32(weekly.baskets),
        repeatBaskets: column.int32(weekly.repeatBaskets),
        newCustomers: column.int32(weekly.newCustomers),
        spendMinor: column.float64(new Float64Array(weeks)),
      }),
    ),
    marginals: context.writeTable(makeTable({ axis: column.text([]), value: column.text([]) })),
  };
}

/** Performs an effect that is not pure: kind and input → output. */
export type Perform = (kind: string, input: unknown) => unknown;

interface Walk {
  readonly status: string;
  readonly output: unknown;
  /** Kinds in the order of their requests. */
  readonly requested: readonly string[];
}

/**
 * Drives a skill's machine by hand until it ends: pure effects through the skill, others through `perform`. An error of
 * CohortiumError's shape becomes a failed reply. Inputs and outputs are checked against the effect's schemas.
 */
export function walkSkill(
  skill: SkillDefinition,
  start: { readonly input: Readonly<Record<string, unknown>>; readonly config?: Readonly<Record<string, unknown>>; readonly asOf: string },
  context: PureContext,
  perform: Perform,
): Walk {
  const machine: AnyStateMachine = skill.machine;
  const requested: string[] = [];
  let [snapshot, actions] = initialTransition(machine, { config: {}, ...start });
  while (snapshot.status === 'active') {
    // The only action of a skill machine; XState types an unknown machine's actions as its own built-in ones.
    const list = actions as readonly { readonly type: string; readonly params?: unknown }[];
    const request = list.find((action) => action.type === 'requestEffect')?.params as { kind: string; input: unknown } | undefined;
    if (!request) throw new Error(`${skill.id} waits in ${JSON.stringify(snapshot.value)} for nothing`);
    requested.push(request.kind);
    const event = reply(skill, request.kind, request.input, context, perform);
    // A snapshot must survive the run store.
    const stored = JSON.parse(JSON.stringify(machine.getPersistedSnapshot(snapshot))) as SnapshotFrom<AnyStateMachine>; // what the runner restores
    [snapshot, actions] = transition(machine, machine.resolveState({ ...stored }), event as EventFromLogic<AnyStateMachine>);
  }
  return { status: String(snapshot.value), output: snapshot.output, requested };
}

function reply(skill: SkillDefinition, kind: string, input: unknown, context: PureContext, perform: Perform): { readonly type: string } {
  const effect = skill.effects[kind];
  if (!effect) throw new Error(`${skill.id} does not declare ${kind}`);
  const given = effect.input.parse(input);
  try {
    const pure = skill.pure[kind];
    const output = pure ? pure(given as never, context) : perform(kind, given); // checked by the schema one line above
    return { type: `${kind}.ok`, output: effect.output.parse(output) } as { readonly type: string };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const failure = { code: error.code, message: error.message, isRejected: true };
    return { type: `${kind}.failed`, error: failure } as { readonly type: string };
  }
}

export type { Ref };
