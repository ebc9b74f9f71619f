/**
 * Stands between a run and what leaves it: what a customer refused after the run's snapshot holds for values that are published, sent
 * or looked up from now on. Such a decision is made again and recorded in the ledger before anything is taken out. Refuses to let
 * through what it cannot look up; never lets more through than the run did.
 */
import { classOf, schemaOf } from '../../../skills/audit/record/record-schema.ts';
import { storeUse } from '../../../skills/gate/schemas.ts';
import {
  type CallOptions,
  canonicalJson,
  column,
  type ContentStore,
  digestOf,
  int32Column,
  type Ledger,
  makeTable,
  type ScoreStore,
  textColumn,
  type Transport,
} from '../../../skills/sdk/index.ts';
import type { SqliteConsentStore } from '../../adapters/sqlite/consent-store.ts';
import type { Screening } from '../../adapters/sqlite/outbox.ts';
import type { LateRefusal, LateRefusals } from './late-refusals.ts';
import type { NewDecision, Redecider, Use } from './redecide.ts';
import type { RunBasis } from './run-basis.ts';

export interface OptOutGuardDeps {
  readonly content: ContentStore;
  readonly store: Pick<SqliteConsentStore, 'keepBasis' | 'noteMessages' | 'noteVersion' | 'basisOfMessage' | 'basisOfVersion'>;
  readonly late: LateRefusals;
  readonly redecider: Redecider;
  readonly ledger: () => Pick<Ledger, 'append'>;
  /** What the effect of a run rests on; undefined when no gate of the run decided it. */
  readonly basisOf: (effectId: string) => RunBasis | undefined;
}

export interface OptOutGuard {
  readonly scoreStore: (scores: ScoreStore) => ScoreStore;
  readonly transport: (outbox: Transport) => Transport;
  readonly screen: (
    message: { readonly messageId: string; readonly subscriber: string; readonly body: string },
    signal: AbortSignal,
  ) => Promise<Screening>;
  /** What a lookup has to answer in place of a pass; undefined when the pass stands. */
  readonly lookup: (customerId: string, version: number, purpose: string) => Promise<NewDecision | undefined>;
}

const kind = 'decision-after-opt-out';

interface Taken {
  readonly customerId: string;
  readonly use: Use;
  readonly late: LateRefusal;
  readonly decision: NewDecision;
}

function bodyOf({ use, late: { rows }, decision }: Taken, basis: RunBasis): object {
  return {
    customer: 'kid',
    use,
    outcome: decision.outcome,
    rules: decision.policies,
    changed: decision.changed,
    law: decision.policyDigest,
    basis: digestOf({ ...basis }),
    consents: [...rows.values()].map(({ id }) => id).sort(),
  };
}

export function createOptOutGuard({ content, store, late, redecider, ledger, basisOf }: OptOutGuardDeps): OptOutGuard {
  /** Records decisions that were made again; the same decision is one record, whoever asks for it. */
  const record = async (taken: readonly Taken[], basis: RunBasis, { signal }: Pick<CallOptions, 'signal'>) => {
    const records = content.putTable(
      makeTable({
        kind: column.text(taken.map(() => kind)),
        stream: column.text(taken.map(({ use }) => canonicalJson([use.subscriber, use.purpose, use.sink]))),
        subject: column.text(taken.map(({ customerId }) => customerId)),
        class: column.text(taken.map(() => classOf(kind))),
        schema: column.text(taken.map(() => schemaOf(kind))),
        body: column.text(taken.map((one) => canonicalJson(bodyOf(one, basis)))),
        batch: column.int32(new Int32Array(taken.length).fill(-1)),
      }),
    );
    const receipt = await ledger().append({ records }, { signal, idempotencyKey: digestOf(['opt-out', records.digest]) });
    const places = content.getTable(receipt.indexes);
    return { ...receipt, records: int32Column(places, 'record'), items: int32Column(places, 'item') };
  };

  const publish =
    (scores: ScoreStore): ScoreStore['publish'] =>
    async (publication, options) => {
      const basis = basisOf(options.idempotencyKey);
      if (!basis) return scores.publish(publication, options);
      const digest = store.keepBasis(basis);
      const refusals = await late.since(basis, options);
      const decisions = content.getTable(publication.decisions);
      const [customers, subscribers, purposes, sinks] = ['customerId', 'subscriber', 'purpose', 'sink'].map((name) =>
        textColumn(decisions, name),
      );
      const taken = new Map<number, Taken>();
      if (refusals.size > 0) {
        for (const [row, customerId] of (customers ?? []).entries()) {
          const refusal = refusals.get(customerId);
          if (!refusal) continue;
          const use = { subscriber: subscribers?.[row] ?? '', purpose: purposes?.[row] ?? '', sink: sinks?.[row] ?? '' };
          const decision = await redecider.decide(basis, customerId, use, refusal);
          if (decision && decision.outcome !== 'pass') taken.set(row, { customerId, use, late: refusal, decision });
        }
      }
      if (taken.size === 0) {
        const reply = await scores.publish(publication, options);
        store.noteVersion(reply.version, digest);
        return reply;
      }
      const written = await record([...taken.values()], basis, options);
      const placeOf = new Map([...taken.keys()].map((row, index) => [row, index]));
      const places = (column: Int32Array, found: Int32Array): Int32Array =>
        column.map((own, row) => {
          const index = placeOf.get(row);
          return index === undefined ? own : (found[index] ?? -1);
        });
      const changed = (name: string, of: (decision: NewDecision) => string) =>
        column.text(
          textColumn(decisions, name).map((value, row) => {
            const one = taken.get(row);
            return one ? of(one.decision) : value;
          }),
        );
      const receipts = content.getTable(publication.receipts);
      const reply = await scores.publish(
        {
          ...publication,
          decisions: content.putTable(
            makeTable({
              ...decisions.columns,
              outcome: changed('outcome', ({ outcome }) => outcome),
              policies: changed('policies', ({ policies }) => policies.join(',')),
            }),
          ),
          receipts: content.putTable(
            makeTable({
              ...receipts.columns,
              record: column.int32(places(int32Column(receipts, 'record'), written.records)),
              item: column.int32(places(int32Column(receipts, 'item'), written.items)),
            }),
          ),
          ledgerSize: Math.max(publication.ledgerSize, written.size),
          ledgerRoot: written.size > publication.ledgerSize ? written.root : publication.ledgerRoot,
        },
        options,
      );
      store.noteVersion(reply.version, digest);
      return reply;
    };

  return {
    scoreStore: (scores) => ({ publish: publish(scores) }),
    transport: (outbox) => ({
      enqueue: async (request, options) => {
        const basis = basisOf(options.idempotencyKey);
        // Known before the messages are: one that was enqueued and cannot be held against anything would leave as it is.
        if (basis) store.noteMessages(textColumn(content.getTable(request.emissions), 'messageId'), store.keepBasis(basis));
        return outbox.enqueue(request, options);
      },
      deliver: (request, options) => outbox.deliver(request, options),
    }),
    screen: async ({ messageId, subscriber, body }, signal) => {
      const known = store.basisOfMessage(messageId);
      if (!known) return { kind: 'send' };
      const refusals = await late.since(known.basis, { signal });
      if (refusals.size === 0) return { kind: 'send' };
      const message = JSON.parse(body) as ValueMessage; // composed by emission, which has a basis
      const { purpose, sink, items } = message.data;
      const taken: Taken[] = [];
      for (const { customerId } of items) {
        const refusal = refusals.get(customerId);
        const use = { subscriber, purpose, sink };
        const decision = refusal && (await redecider.decide(known.basis, customerId, use, refusal));
        if (refusal && decision && decision.outcome !== 'pass') taken.push({ customerId, use, late: refusal, decision });
      }
      if (taken.length === 0) return { kind: 'send' };
      const { records } = await record(taken, known.basis, { signal });
      const gone = new Set(taken.map(({ customerId }) => customerId));
      const left = items.filter(({ customerId }) => !gone.has(customerId));
      if (left.length === 0)
        return {
          kind: 'withhold',
          reason: `refused before it left; ledger ${records.length === 1 ? 'record' : 'records'} ${[...records].join(', ')}`,
        };
      return { kind: 'rewrite', body: canonicalJson({ ...message, data: { ...message.data, items: left } }) };
    },
    lookup: async (customerId, version, purpose) => {
      const known = store.basisOfVersion(version);
      const refusal = known && (await late.of(customerId, known.basis, { signal: new AbortController().signal }));
      if (!refusal) return undefined;
      let strictest: NewDecision | undefined;
      for (const use of redecider.passedUses(known.basis, customerId)) {
        if (use.purpose !== purpose && use.subscriber !== storeUse.subscriber) continue;
        const decision = await redecider.decide(known.basis, customerId, use, refusal);
        if (decision && decision.outcome !== 'pass' && strictest?.outcome !== 'fail') strictest = decision;
      }
      return strictest;
    },
  };
}

type Scalars = { readonly [name: string]: string | number | null };
interface ValueMessage {
  readonly [name: string]: unknown;
  readonly data: {
    readonly [name: string]: unknown;
    readonly purpose: string;
    readonly sink: string;
    readonly items: readonly (Scalars & { readonly customerId: string })[];
  };
}
