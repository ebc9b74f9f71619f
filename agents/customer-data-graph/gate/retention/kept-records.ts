/**
 * What there is to keep, one by one, with the dates that start its clocks: decisions in the ledger, predictions, reviews, and of each
 * customer of the newest run the value and the signals that it was made from. A date that nobody knows is said so, never guessed.
 */
import type { Facts, FactValue } from '../../../../skills/gate/core/policy/condition.ts';
import { readFact } from '../../../../skills/gate/core/policy/read-fact.ts';
import type { KeptRecord } from '../../../../skills/gate/core/retention/clock.ts';
import type { RecordClassName } from '../../../../skills/gate/core/retention/record-classes.ts';
import { int32Column, textColumn } from '../../../../skills/sdk/index.ts';
import { isoDate } from '../../../../skills/sdk/numeric/index.ts';
import { holdsByCustomer } from '../../erasure/held-customers.ts';
import { factsOf } from '../../facts/assemble-facts.ts';
import { factsWithSources } from '../../facts/facts-with-sources.ts';
import { holdReasons } from '../../govern/retention/holds.ts';
import { readRecords } from '../../govern/scoring/score-records.ts';
import type { PolicyBundle } from '../../law/bundle.ts';
import type { Workspace } from '../../workspace.ts';
import { newestRun } from '../newest-run.ts';

export type KeptSources = Workspace;

/** What other parts of the gate keep, as they list it. */
export interface KeptParts {
  readonly audits: () => Promise<readonly { readonly audit: string; readonly asOf: string }[]>;
  readonly reviews: () => Promise<
    readonly { readonly id: string; readonly openedAsOf: string; readonly decided: { readonly at: string } | null }[]
  >;
}

export interface KeptRecords {
  /** Of the newest run with accounts; null before the first. */
  readonly asOf: string | null;
  readonly records: Iterable<KeptRecord>;
}

/** @throws {CohortiumError} CONFIG_INVALID for a hold that cannot be read, SCORE_FILE_CHANGED */
export async function keptRecords(sources: KeptSources, parts: KeptParts, bundle: PolicyBundle, today: string): Promise<KeptRecords> {
  const holds = await holdsByCustomer(sources);
  const held = (what: Partial<Parameters<typeof holdReasons>[1]>): readonly string[] =>
    holdReasons(holds, { path: '', models: [], cutoff: null, ...what }, today);
  const stated = bundle.stated;
  const customers = await customersOf(sources, bundle);
  const reviews = await parts.reviews();
  const audits = await parts.audits();

  function* all(): Generator<KeptRecord> {
    for (const leaf of sources.ledger().records()) {
      const { index, class: type, time, count } = JSON.parse(leaf) as LedgerLeaf; // the ledger wrote it
      const day = time.slice(0, 10);
      const kept = { class: type, events: { record: day, decision: day, 'log-event': day }, facts: stated, holds: held({ record: type }) };
      if (count === undefined) yield { id: `ledger:${index}`, ...kept };
      else for (let item = 0; item < count; item++) yield { id: `ledger:${index}/${item}`, ...kept };
    }
    for (const { cutoff, modelId, scoredAt, purgedAt } of readRecords(sources.paths.directory)) {
      if (purgedAt !== null) continue;
      const day = scoredAt.slice(0, 10);
      yield {
        id: `score-run:${cutoff}:${modelId}`,
        class: 'score-run',
        events: { record: day, 'last-use': day },
        facts: stated,
        holds: held({ models: [modelId], cutoff, record: 'score-run' }),
      };
    }
    for (const { id, openedAsOf, decided } of reviews) {
      const events = { record: openedAsOf, decision: decided?.at.slice(0, 10) ?? 'not-yet' };
      yield { id: `review:${id}`, class: 'review', events, facts: stated, holds: held({ record: 'review' }) };
    }
    for (const { audit, asOf } of audits) {
      yield {
        id: `fairness-audit:${audit}`,
        class: 'fairness-audit',
        events: { record: asOf },
        facts: stated,
        holds: held({ record: 'fairness-audit' }),
      };
    }
    for (const { customerId, lastDay, facts, erasureRequest, hasConsents } of customers?.list() ?? []) {
      const events = {
        record: customers?.asOf ?? null,
        decision: customers?.asOf ?? null,
        'last-use': lastDay,
        'last-interaction': lastDay,
        ...(erasureRequest === undefined ? {} : { 'erasure-request': erasureRequest }),
      };
      yield { id: `value:${customerId}`, class: 'value', events, facts, holds: held({ customer: customerId, record: 'value' }) };
      if (hasConsents) {
        yield {
          id: `consent:${customerId}`,
          class: 'consent',
          events: {},
          facts,
          holds: held({ customer: customerId, record: 'consent' }),
        };
      }
      yield {
        id: `signal:${customerId}`,
        class: 'signal',
        events: { ...events, record: lastDay },
        facts,
        holds: held({ customer: customerId, record: 'signal' }),
      };
    }
  }
  return { asOf: customers?.asOf ?? null, records: { [Symbol.iterator]: all } };
}

interface LedgerLeaf {
  readonly index: number;
  /** Of recordKinds, which names classes of retention only. */
  readonly class: RecordClassName;
  readonly time: string;
  /** Records of a batch; absent where the leaf is the record. */
  readonly count?: number;
}

interface KnownCustomer {
  readonly customerId: string;
  /** Day of the last purchase. */
  readonly lastDay: string;
  readonly facts: Facts;
  /** null: asked for, and nobody knows when; undefined: not asked for. */
  readonly erasureRequest: string | null | undefined;
  /** Whether any answer to a consent question is on record. */
  readonly hasConsents: boolean;
}

async function customersOf(workspace: KeptSources, bundle: PolicyBundle) {
  const { orchestrator, warehouse, content, config } = workspace;
  const run = await newestRun({ orchestrator }, ['accounts', 'snapshot']);
  const [accounts, snapshot] = [run?.ref('accounts'), run?.ref('snapshot')];
  if (!run || !accounts || !snapshot) return undefined;
  const { asOf } = run;
  const table = content.getTable(accounts);
  const ids = textColumn(table, 'customerId');
  const lastDays = int32Column(table, 'lastDay');
  const declared = await warehouse().declaredAt(snapshot, asOf, { signal: new AbortController().signal });
  // Customers who are alike share their facts, so that what they decide is worked out once.
  const known = new Map<string, Facts>();
  const shared = (texts: ReturnType<typeof factsOf>): Facts => {
    const key = JSON.stringify(texts);
    let facts = known.get(key);
    if (!facts) known.set(key, (facts = { ...bundle.stated, ...readAll(bundle, texts) }));
    return facts;
  };
  const asked = new Map<string, string | null>();
  const factsAt = (customerId: string): Facts => shared(factsOf(declared.get(customerId), asOf, config.consent.completeSince));
  for (const customerId of ids) {
    if (factsAt(customerId)['erasureRequestOpen'] !== true) continue;
    const found = (await factsWithSources(workspace, customerId, asOf)).find(({ name }) => name === 'erasureRequestOpen');
    asked.set(customerId, found?.at?.slice(0, 10) ?? null);
  }
  const list = function* (): Generator<KnownCustomer> {
    for (const [row, customerId] of ids.entries()) {
      const said = declared.get(customerId);
      const hasConsents = (said?.consents.size ?? 0) + (said?.refusals.size ?? 0) > 0;
      yield {
        customerId,
        lastDay: isoDate(lastDays[row] ?? 0),
        facts: factsAt(customerId),
        erasureRequest: asked.get(customerId),
        hasConsents,
      };
    }
  };
  return { asOf, list };
}

function readAll({ facts }: PolicyBundle, texts: object): Facts {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, value]): [string, FactValue][] => {
      const fact = facts[name];
      return fact ? [[name, readFact(fact, value)]] : [];
    }),
  );
}
