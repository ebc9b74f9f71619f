/**
 * The gate's pure effects: facts of customers into distinct vectors for the policy engine, and its verdicts back onto every
 * account and use. A customer without facts is decided with all of them unknown; nobody is dropped.
 */
import { z } from 'zod';

import {
  codedColumn,
  CohortiumError,
  type Column,
  column,
  makeTable,
  type PureContext,
  type Ref,
  type Table,
  int32Column,
  textColumn,
} from '../sdk/index.ts';
import { classifyFacts, type FactColumn } from './core/fact-classes.ts';
import { reliabilityFactNames, reliabilityFacts } from './core/reliability-facts.ts';
import { countOutcomes, topReasons, type WeightedDecision } from './core/tally.ts';
import {
  type decisionsJoinInput,
  type decisionsJoinOutput,
  decidedUses,
  factsOfUsesSchema,
  type Use,
  useSchema,
  vectorSchema,
  type vectorsBuildInput,
  type vectorsBuildOutput,
  verdictSchema,
} from './schemas.ts';

const reasonsShown = 10;

/**
 * Classes of customers with equal facts, times the uses.
 * @throws {CohortiumError} ARGUMENT_INVALID when a use states a fact that the graph or the run decides
 */
export function buildVectors(input: z.infer<typeof vectorsBuildInput>, context: PureContext): z.infer<typeof vectorsBuildOutput> {
  const calibrated = context.readTable(input.calibrated);
  const customers = textColumn(calibrated, 'customerId');
  const columns = factColumns(context.readTable(input.facts), customers);
  const all = { ...columns, tier: factColumn(calibrated, 'tier') };
  const ofRun = reliabilityFacts(input.reliability, input.asOf);
  const uses = decidedUses(input.uses);
  const measured = factsOfUsesSchema.parse(context.readJson(input.ofUses));
  uses.forEach((use, at) => refuseStatedFacts(use, [...Object.keys(all), ...reliabilityFactNames, ...Object.keys(measured[at] ?? {})]));

  const { classes, classOf } = classifyFacts(all, calibrated.rows);
  const vectors = classes.flatMap((facts) =>
    uses.map(({ purpose, sink, facts: stated }, use) => ({ facts: { ...stated, ...measured[use], ...ofRun, ...facts }, purpose, sink })),
  );
  const table = makeTable({ customerId: column.text(customers), class: column.int32(classOf) });
  return { vectors: context.writeJson(vectors), classes: context.writeTable(table), uses: context.writeJson(uses) };
}

/**
 * Verdicts onto accounts and uses; rows by account, then in the order of uses.
 * @throws {CohortiumError} ARGUMENT_INVALID when the engine gave another number of verdicts than vectors were asked
 */
export function joinDecisions(input: z.infer<typeof decisionsJoinInput>, context: PureContext): z.infer<typeof decisionsJoinOutput> {
  const verdicts = readList(context, input.verdicts, verdictSchema);
  const vectors = readList(context, input.vectors, vectorSchema);
  const uses = readList(context, input.uses, useSchema);
  const classes = context.readTable(input.classes);
  if (verdicts.length !== vectors.length) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `the policy engine answered ${verdicts.length} of ${vectors.length} vectors; all are needed`,
    );
  }
  const classOf = int32Column(classes, 'class');
  const members = new Int32Array(vectors.length / uses.length);
  for (const index of classOf) members[index] = (members[index] ?? 0) + 1;
  const weighted = verdicts.map((verdict, index) => ({ ...verdict, customers: members[Math.floor(index / uses.length)] ?? 0 }));
  return {
    decisions: context.writeTable(decisionTable(classes, uses, weighted)),
    counts: countOutcomes(weighted),
    topReasons: [...topReasons(weighted, reasonsShown)],
    cases: context.writeJson(counselCases(weighted, vectors)),
  };
}

/** Text columns of the facts table in the order of the accounts; a customer that is not in it has no known fact. */
function factColumns(facts: Table, customers: readonly string[]): Record<string, FactColumn> {
  const known = textColumn(facts, 'customerId');
  const isAligned = known.length === customers.length && known.every((id, row) => id === customers[row]);
  const rowOf = isAligned ? undefined : new Map(known.map((id, row) => [id, row]));
  const columns: Record<string, FactColumn> = {};
  for (const [name, { type }] of Object.entries(facts.columns)) {
    if (name === 'customerId' || (type !== 'text' && type !== 'coded')) continue;
    const { values, texts } = factColumn(facts, name);
    columns[name] = rowOf
      ? { values: Int32Array.from(customers, (id) => values[rowOf.get(id) ?? -1] ?? texts.length), texts: [...texts, ''] }
      : { values, texts };
  }
  return columns;
}

function factColumn(table: Table, name: string): FactColumn {
  const found = table.columns[name];
  return found?.type === 'coded' ? found : codedColumn(textColumn(table, name));
}

function refuseStatedFacts({ subscriber, purpose, facts }: Use, decided: readonly string[]): void {
  const taken = Object.keys(facts ?? {}).find((name) => decided.includes(name));
  if (taken !== undefined) {
    const message = `the use '${subscriber}' for ${purpose} states '${taken}', which is measured or differs by customer; take it out of 'facts'`;
    throw new CohortiumError('ARGUMENT_INVALID', message);
  }
}

function decisionTable(
  classes: Table,
  uses: readonly Use[],
  verdicts: readonly { readonly outcome: string; readonly policies: readonly { readonly id: string }[] }[],
): Table {
  const classOf = int32Column(classes, 'class');
  const customers = textColumn(classes, 'customerId');
  const rows = classes.rows * uses.length;
  const account = new Int32Array(rows);
  const vector = new Int32Array(rows);
  const useOf = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    account[row] = Math.floor(row / uses.length);
    useOf[row] = row % uses.length;
    vector[row] = (classOf[account[row] ?? 0] ?? 0) * uses.length + (row % uses.length);
  }
  const perUse = (pick: (use: Use) => string): Column => column.coded(useOf, uses.map(pick));
  const perVerdict = (texts: readonly string[]): Column => {
    const { values, texts: distinct } = codedColumn(texts);
    return column.coded(
      vector.map((index) => values[index] ?? 0),
      distinct,
    );
  };
  return makeTable({
    account: column.int32(account),
    customerId: column.coded(account, customers),
    subscriber: perUse((use) => use.subscriber),
    purpose: perUse((use) => use.purpose),
    sink: perUse((use) => use.sink),
    outcome: perVerdict(verdicts.map(({ outcome }) => outcome)),
    policies: perVerdict(verdicts.map(({ policies }) => policies.map(({ id }) => id).join(','))),
    vector: column.int32(vector),
  });
}

/** Verdicts that rest on the same facts are one case, however many classes of customers fall under it. */
function counselCases(
  verdicts: readonly (WeightedDecision & z.infer<typeof verdictSchema>)[],
  vectors: readonly z.infer<typeof vectorSchema>[],
): readonly Readonly<Record<string, unknown>>[] {
  const cases = new Map<string, { readonly first: number; customers: number }>();
  verdicts.forEach(({ outcome, key, customers }, index) => {
    if (outcome !== 'counsel') return;
    const known = cases.get(key);
    if (known) known.customers += customers;
    else cases.set(key, { first: index, customers });
  });
  return [...cases].map(([key, { first, customers }]) => {
    const { purpose, sink } = vectors[first] ?? { purpose: '', sink: '' };
    const verdict = verdicts[first];
    const policies = verdict?.policies.map(({ id }) => id) ?? [];
    return { key, purpose, sink, facts: verdict?.facts ?? {}, policies, unknownFacts: verdict?.unknownFacts ?? [], customers };
  });
}

function readList<Item>(context: PureContext, ref: Ref, item: z.ZodType<Item>): readonly Item[] {
  return z.array(item).parse(context.readJson(ref));
}
