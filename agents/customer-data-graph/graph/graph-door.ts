/**
 * Questions and decisions about who is whom. Every decision is a signal in the event log first of all: without this door the log
 * alone says who is one customer.
 */
import { randomUUID } from 'node:crypto';

import { CohortiumError, type Ref } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { dayOfInstant, parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import type { FeatureWindow } from '../features/query-engine.ts';
import { blockedIdentities } from '../identities/blocked-values.ts';
import { identityOf, ownerOf, readIdentity } from '../identities/identity.ts';
import { comparisonLevels, comparisonNames } from '../identities/matching/comparisons.ts';
import { readNeighbourhood } from '../identities/neighbourhood.ts';
import { likenessReason, reviewReason } from '../identities/statement-reason.ts';
import type { Workspace } from '../workspace.ts';
import { readCustomer } from './customer-view.ts';
import type { Decision, GraphCall, GraphDoor, MatchReport, ProposedLink, StatementReceipt } from './graph-interface.ts';
import { LocalGraph } from './local-graph.ts';
import { findLikelyLinks, type LikelyLinks } from './propose-links.ts';
import { checkDecision, type Statement, statementSignal } from './statement-signal.ts';

type GraphWorkspace = Pick<Workspace, 'clock' | 'eventLog' | 'graphReader' | 'graphReviews' | 'identityRules' | 'isWritable'>;

/** The last instant that a date can name. */
const endOfTimeMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const dayMs = 86_400_000;

export function graphDoor(workspace: GraphWorkspace): GraphDoor {
  const { clock, eventLog, graphReader, graphReviews, identityRules, isWritable } = workspace;

  /** What is known now. Who only looks cannot seal, and is told what waits. */
  const snapshot = async ({ signal = new AbortController().signal }: GraphCall = {}): Promise<Ref> =>
    isWritable ? (await eventLog().seal({}, { signal, idempotencyKey: `graph-${randomUUID()}` })).snapshot : eventLog().sealed();

  const say = async (statement: Statement): Promise<string> => {
    const signal = statementSignal(statement);
    const report = await eventLog().append([
      { source: 'graph', line: 1, raw: () => JSON.stringify(signal), verdicts: [validateSignal(signal)] },
    ]);
    const [refused] = report.entries;
    if (refused) throw new CohortiumError(refused.code, `the statement was not taken: ${refused.message}; it is in the quarantine`);
    return signal.id;
  };

  /** Says in the log what was decided about proposals; again what a process that was killed has not said. */
  const sayDecided = async (): Promise<void> => {
    for (const link of graphReviews().unlogged()) {
      const reason =
        link.status === 'linked' ? likenessReason(link.probability, link.weight) : reviewReason(link.decidedBy ?? '', link.note ?? '');
      await say({
        isLink: true,
        left: identityOf(link.left),
        right: identityOf(link.right),
        reason,
        atMs: Date.parse(link.decidedAt ?? ''),
      });
      graphReviews().logged(link.id);
    }
  };

  const match: GraphDoor['match'] = async (context = {}) => {
    await sayDecided();
    const { signal = new AbortController().signal } = context;
    const rejected = graphReviews()
      .list('all')
      .filter(({ status }) => status === 'rejected');
    const window = windowUntil(endOfTimeMs);
    const likely = await graphReader().lend(await snapshot(context), window.endDay, { signal }, (engine, rules) =>
      findLikelyLinks(engine, window, rules, rejected),
    );
    const changes = graphReviews().propose(likely.proposals, clock.now());
    graphReviews().link(likely.sure, clock.now());
    await sayDecided();
    return reportOf(likely, changes, graphReviews().list('open').length);
  };

  const decide = async (id: string, status: 'confirmed' | 'rejected', decision: Decision): Promise<ProposedLink> => {
    checkDecision(decision, reviewReason);
    const decided = graphReviews().decide(id, status, decision.by.trim(), decision.note.trim(), clock.now());
    await sayDecided();
    return decided;
  };

  const state = async (isLink: boolean, leftText: string, rightText: string, decision: Decision): Promise<StatementReceipt> => {
    const reason = checkDecision(decision, (by, note) => `${by}: ${note}`);
    const [left, right] = [readIdentity(leftText), readIdentity(rightText)];
    const names = [ownerOf(left), ownerOf(right)] as const;
    if (names[0] === names[1]) throw new CohortiumError('ARGUMENT_INVALID', `two identities were expected; both are ${names[0]}`);
    const { isBlocked } = blockedIdentities(identityRules());
    const blocked = isLink ? [left, right].find(isBlocked) : undefined;
    if (blocked) throw new CohortiumError('IDENTITY_BLOCKED', `${ownerOf(blocked)} names nobody: registries/identity.yaml blocks it`);
    const window = windowUntil(endOfTimeMs);
    const look = async () =>
      graphReader().lend(await snapshot(), window.endDay, { signal: new AbortController().signal }, async (engine, rules) => {
        const neighbourhood = await readNeighbourhood(engine, window, left, endOfTimeMs, rules);
        return { neighbourhood, rules };
      });
    // The newest statement about a pair counts, also where the clock stands still or the log is ahead of it.
    const before = await look();
    const spoken = before.neighbourhood.statements
      .filter((one) => names.includes(ownerOf(one.left)) && names.includes(ownerOf(one.right)))
      .map(({ tsMs }) => tsMs + 1);
    const signalId = await say({ isLink, left, right, reason, atMs: Math.max(clock.now(), ...spoken) });
    const after = await look();
    const local = new LocalGraph(after.neighbourhood, left, after.rules);
    const view = local.at(endOfTimeMs);
    const [one, other] = [local.numberOf(left), local.numberOf(right)];
    const path = view.pathBetween(one, other);
    return {
      signalId,
      kind: isLink ? 'link' : 'unlink',
      left: names[0],
      right: names[1],
      customers: [view.customerOf(one), view.customerOf(other)],
      isOneCustomer: view.customerOf(one) === view.customerOf(other),
      stillJoinedBy: isLink ? [] : path,
    };
  };

  return {
    match,
    proposals: async (status) => graphReviews().list(status),
    confirm: (id, decision) => decide(id, 'confirmed', decision),
    reject: (id, decision) => decide(id, 'rejected', decision),
    link: (left, right, decision) => state(true, left, right, decision),
    unlink: (left, right, decision) => state(false, left, right, decision),
    customer: async (id, asOf, context = {}) => {
      const untilMs = asOf === undefined ? endOfTimeMs : instantOf(asOf);
      const window = windowUntil(untilMs);
      const { signal = new AbortController().signal } = context;
      const ref = await snapshot(context);
      const question = { id: ownerOf(readIdentity(id)), untilMs, asOf: asOf ?? null, waiting: eventLog().counts().inbox };
      const view = await graphReader().lend(ref, window.endDay, { signal }, (engine, rules) =>
        readCustomer(engine, window, rules, question),
      );
      return { ...view, asked: id };
    },
  };
}

function windowUntil(untilMs: number): FeatureWindow {
  const day = dayOfInstant(untilMs);
  return { asOfDay: day, endDay: day };
}

/** A date counts to its end. @throws {CohortiumError} ARGUMENT_INVALID */
function instantOf(asOf: string): number {
  const day = dayOfIsoDate(asOf);
  const instant = day === undefined ? parseIsoInstant(asOf) : (day + 1) * dayMs - 1;
  if (instant === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `as of: an ISO date or instant such as 2026-01-31 or 2026-01-31T12:00:00Z was expected; found '${asOf}'`,
    );
  }
  return instant;
}

function reportOf(
  { profiles, result, sure, rejectedBefore }: LikelyLinks,
  { proposed, withdrawn }: { readonly proposed: number; readonly withdrawn: number },
  open: number,
): MatchReport {
  const { model, candidates, skippedBlocks } = result;
  return {
    profiles,
    candidates,
    skippedBlocks,
    onePersonShare: model.lambda,
    householdShare: model.household,
    iterations: model.iterations,
    // What nobody has declared is not compared.
    comparisons: comparisonNames
      .filter((name) => model.comparisons[name].comparable > 0)
      .map((name) => ({
        name,
        levels: comparisonLevels[name].map((says, level) => ({
          says,
          m: model.comparisons[name].m[level] ?? 0,
          u: model.comparisons[name].u[level] ?? 0,
        })),
      })),
    proposed,
    open,
    withdrawn,
    rejectedBefore,
    linked: sure.length,
  };
}
