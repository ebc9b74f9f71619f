/** Questions about cohort definitions and what their runs gave: listed, looked at, compared with each other and with known groups. */
import { adjustedRandIndex, compareWithTruth } from '../../../skills/cohort/core/methods/index.ts';
import { type CohortRun, cohortRunSchema } from '../../../skills/cohort/definitions/cohort-run.ts';
import { windowIds } from '../../../skills/cohort/definitions/definition.ts';
import { CohortiumError, compareText, int32Column, type Ref, refSchema, textColumn, z } from '../../../skills/sdk/index.ts';
import type { CustomerDataGraph } from '../interface.ts';
import type { Workspace } from '../workspace.ts';
import type { CohortComparison, CohortDefinitionStatus, CohortRunQuestion, ComparedRun, LabelReport } from './cohort-interface.ts';

type Door = Pick<CustomerDataGraph, 'cohortDefinitions' | 'cohortRun' | 'compareCohorts' | 'compareWithLabels'>;

/** A run with the table that its members are rows of. */
interface PlacedRun {
  readonly run: CohortRun;
  readonly customers: Ref;
}

const latestSchema = z.record(z.string(), z.object({ run: refSchema, customers: refSchema }));
const refs = z.array(refSchema);
const examplesShown = 5;
const movesShown = 50;

export function cohortDoor(workspace: Workspace): Door {
  const { content } = workspace;
  const runAt = (ref: Ref): CohortRun => cohortRunSchema.parse(content.getJson(ref));

  /** Newest run of every definition and window. */
  const newest = async (): Promise<readonly PlacedRun[]> => {
    const { previous } = await workspace.memberships().latest({}, { signal: new AbortController().signal, idempotencyKey: 'look' });
    if (!previous) return [];
    return Object.values(latestSchema.parse(content.getJson(previous))).map(({ run, customers }) => ({ run: runAt(run), customers }));
  };

  /** Runs of one day, of the newest pipeline run that has them. */
  const onDay = async (asOf: string): Promise<readonly PlacedRun[]> => {
    const orchestrator = await workspace.orchestrator();
    const found: PlacedRun[] = [];
    const seen = new Set<string>();
    for (const { run, steps } of orchestrator.list().toReversed()) {
      if (run.asOf !== asOf) continue;
      for (const { state, output } of Object.values(steps)) {
        const parsed = outputSchema.safeParse(state === 'completed' ? output : null);
        if (!parsed.success) continue;
        for (const ref of refs.parse(content.getJson(parsed.data.cohortRuns))) {
          const one = runAt(ref);
          const name = `${one.definition.id}/${one.window}`;
          if (seen.has(name)) continue;
          seen.add(name);
          found.push({ run: one, customers: parsed.data.cohortCustomers });
        }
      }
    }
    return found;
  };

  /** Days of which there are runs of a definition, newest first. */
  const daysOf = async (definition: string): Promise<readonly string[]> => {
    const orchestrator = await workspace.orchestrator();
    const days = [...new Set(orchestrator.list().map(({ run }) => run.asOf))].sort((one, other) => compareText(other, one));
    const found: string[] = [];
    for (const day of days) if ((await onDay(day)).some(({ run }) => run.definition.id === definition)) found.push(day);
    return found;
  };

  const find = async ({ definition, window, asOf }: CohortRunQuestion): Promise<PlacedRun> => {
    const all = asOf === undefined ? await newest() : await onDay(asOf);
    const own = all.filter(({ run }) => run.definition.id === definition).sort((one, other) => widthOf(other.run) - widthOf(one.run));
    const chosen =
      window === undefined ? (own.find(({ run }) => run.skipped === null) ?? own[0]) : own.find(({ run }) => run.window === window);
    if (chosen) return chosen;
    const day = asOf === undefined ? '' : ` as of ${asOf}`;
    const days = asOf === undefined || own.length > 0 ? [] : await daysOf(definition);
    if (days.length > 0) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `no run of '${definition}' as of ${asOf}; there are runs as of ${days.slice(0, 10).join(', ')}`,
      );
    }
    const known =
      own.length > 0 ? `it has ${own.map(({ run }) => run.window).join(', ')}` : `there are: ${idsOf(all).join(', ') || 'none'}`;
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `no run of '${definition}'${window === undefined ? '' : ` in window ${window}`}${day}; ${known}. cohortium cohorts compute makes one`,
    );
  };

  /** Members of a run: customer ids ascending, and the cohort of each. */
  const membersOf = ({ run, customers }: PlacedRun): ReadonlyMap<string, number> => {
    if (!run.members) return new Map();
    const ids = textColumn(content.getTable(customers), 'customerId');
    const table = content.getTable(run.members);
    const label = int32Column(table, 'cohort');
    return new Map(Array.from(int32Column(table, 'account'), (account, row) => [ids[account] ?? '', label[row] ?? -1] as const));
  };

  return {
    async cohortDefinitions(asOf) {
      const { definitions, diagnostics } = workspace.cohortDefinitions();
      const today = new Date(workspace.clock.now()).toISOString().slice(0, 10);
      const runs = asOf === undefined ? await newest() : await onDay(asOf);
      return {
        definitions: definitions.map(({ id, version, title, method, windows, purpose, owner, reviewBy }): CohortDefinitionStatus => ({
          id,
          version,
          title,
          method,
          windows,
          purpose,
          owner,
          reviewBy,
          isOverdue: reviewBy < today,
          lastRun: lastRunOf(runs.filter(({ run }) => run.definition.id === id).map(({ run }) => run)),
        })),
        withdrawn: idsOf(runs.filter(({ run }) => !definitions.some(({ id }) => id === run.definition.id))),
        diagnostics,
      };
    },
    cohortRun: async (question) => (await find(question)).run,
    async compareCohorts(first, second) {
      const [one, other] = [await find(first), await find(second)];
      for (const { run } of [one, other]) refuseSkipped(run);
      return compare(one.run, membersOf(one), other.run, membersOf(other));
    },
    async compareWithLabels(question, labels) {
      const placed = await find(question);
      refuseSkipped(placed.run);
      return labelReport(placed.run, membersOf(placed), new Set(textColumn(content.getTable(placed.customers), 'customerId')), labels);
    },
  };
}

const outputSchema = z.object({ cohortRuns: refSchema, cohortCustomers: refSchema });

/** @throws {CohortiumError} ARGUMENT_INVALID for a run without cohorts: there is nothing to compare */
function refuseSkipped({ definition, window, asOf, skipped }: CohortRun): void {
  if (skipped === null) return;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `'${definition.id}' in window ${window} as of ${asOf} has no cohorts to compare: ${skipped}`,
  );
}

function widthOf({ window }: CohortRun): number {
  return windowIds.indexOf(window);
}

function idsOf(runs: readonly PlacedRun[]): string[] {
  return [...new Set(runs.map(({ run }) => run.definition.id))].sort(compareText);
}

/** Windows of the newest day; windows of earlier days are not of it. */
function lastRunOf(runs: readonly CohortRun[]): CohortDefinitionStatus['lastRun'] {
  const [newest] = runs.toSorted((one, other) => compareText(other.asOf, one.asOf));
  if (!newest) return null;
  const own = runs.filter(({ asOf }) => asOf === newest.asOf).sort((one, other) => widthOf(one) - widthOf(other));
  return {
    asOf: newest.asOf,
    version: newest.definition.version,
    windows: own.map(({ window, cohorts, members, skipped }) => ({
      window,
      cohorts: cohorts.length,
      members: members?.rows ?? 0,
      skipped,
    })),
  };
}

function describe({ definition, window, asOf, method, cohorts }: CohortRun): ComparedRun {
  return {
    definition: definition.id,
    version: definition.version,
    window,
    asOf,
    method,
    cohorts: cohorts.map(({ key, name, size }) => ({ key, name, size })),
  };
}

function compare(
  first: CohortRun,
  firstMembers: ReadonlyMap<string, number>,
  second: CohortRun,
  secondMembers: ReadonlyMap<string, number>,
): CohortComparison {
  const common = [...firstMembers.keys()].filter((id) => secondMembers.has(id));
  const one = Int32Array.from(common, (id) => firstMembers.get(id) ?? -1);
  const other = Int32Array.from(common, (id) => secondMembers.get(id) ?? -1);
  const counts = first.cohorts.map(() => new Array<number>(second.cohorts.length).fill(0));
  for (const [row, own] of one.entries()) {
    const line = counts[own];
    const to = other[row] ?? -1;
    if (line) line[to] = (line[to] ?? 0) + 1;
  }
  return {
    first: describe(first),
    second: describe(second),
    common: common.length,
    adjustedRandIndex: common.length < 2 ? null : adjustedRandIndex(one, other),
    counts,
    onlyFirst: firstMembers.size - common.length,
    onlySecond: secondMembers.size - common.length,
    moved:
      first.definition.id === second.definition.id && first.window === second.window ? movesOf(first, one, second, other, common) : null,
  };
}

function movesOf(
  first: CohortRun,
  one: Int32Array,
  second: CohortRun,
  other: Int32Array,
  ids: readonly string[],
): CohortComparison['moved'] {
  const moves = new Map<string, { readonly from: string; readonly to: string; customers: number; readonly examples: string[] }>();
  let customers = 0;
  for (const [row, id] of ids.entries()) {
    const from = first.cohorts[one[row] ?? -1]?.key ?? '';
    const to = second.cohorts[other[row] ?? -1]?.key ?? '';
    if (from === to) continue;
    customers += 1;
    const name = `${from}\n${to}`;
    const move = moves.get(name) ?? { from, to, customers: 0, examples: [] };
    move.customers += 1;
    if (move.examples.length < examplesShown) move.examples.push(id);
    moves.set(name, move);
  }
  const sorted = [...moves.values()].sort((a, b) => b.customers - a.customers || compareText(`${a.from} ${a.to}`, `${b.from} ${b.to}`));
  return { customers, moves: sorted.slice(0, movesShown) };
}

function labelReport(
  run: CohortRun,
  members: ReadonlyMap<string, number>,
  customers: ReadonlySet<string>,
  labels: ReadonlyMap<string, string>,
): LabelReport {
  const known = [...labels].filter(([id]) => customers.has(id));
  if (known.length === 0) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `none of the ${labels.size} labelled customers is known to the run as of ${run.asOf}; check the column of ids`,
    );
  }
  const names = [...new Set(known.map(([, label]) => label))].sort(compareText);
  const placeOf = new Map(names.map((name, place) => [name, place]));
  const report = compareWithTruth(
    Int32Array.from(known, ([id]) => members.get(id) ?? -1),
    Int32Array.from(known, ([, label]) => placeOf.get(label) ?? -1),
  );
  const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
  return {
    run: describe(run),
    labels: labels.size,
    known: known.length,
    coverage: finite(report.coverage),
    purity: finite(report.purity),
    precision: finite(report.precision),
    recall: finite(report.recall),
    f1: finite(report.f1),
    adjustedRandIndex: report.adjustedRandIndex,
    cohorts: run.cohorts.map(({ key, name }, place) => {
      const found = report.cohorts[place];
      return {
        key,
        name,
        label: found && found.group >= 0 ? (names[found.group] ?? null) : null,
        labelled: found?.size ?? 0,
        precision: finite(found?.precision ?? 0),
        recall: finite(found?.recall ?? 0),
        f1: finite(found?.f1 ?? 0),
      };
    }),
  };
}
