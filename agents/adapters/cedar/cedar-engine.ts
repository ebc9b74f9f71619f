/**
 * The gate's policy engine: Cedar with partial evaluation. Answers fail, counsel or pass for facts, purpose and sink, under the law and
 * the policies in force on a day. A fact that is unknown and could matter gives counsel; so does an evaluation error. Refuses to answer
 * at all while a policy file has a fault. It never sees who the customer is.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, type ContentStore, type PolicyEngine, type Ref } from '../../../skills/sdk/index.ts';
import type { GateAnswer } from '../../customer-data-graph/gate/gate-answer.ts';
import type { PolicyBundle } from '../../customer-data-graph/law/bundle.ts';
import { recordedLaw } from '../../customer-data-graph/law/recorded-law.ts';
import { type BundleSources, readBundle } from './policy-files.ts';
import { openSession, type PolicyQuestion, type PolicySession, type PolicyVerdict } from './policy-session.ts';

export type { PolicyQuestion, PolicySession, PolicyVerdict } from './policy-session.ts';

/** What a person decided about a case before. */
export interface Ruling {
  readonly review: string;
  readonly status: 'approved' | 'rejected';
  readonly by: string;
  readonly note: string;
  /** Under which it stands among the reasons of a decision, such as `review:<id>` or `review-expired:<id>`. */
  readonly policy: string;
}

export interface PolicyDecision extends PolicyVerdict {
  readonly ruling: Ruling | null;
}

export interface CedarEngineOptions extends BundleSources {
  readonly content: ContentStore;
  /** Looks up what a person decided about a case, as it holds on a day; none when absent. */
  readonly rulingOf?: (key: string, asOf: string) => Ruling | undefined;
  /** Asks other engines besides, and gives the verdicts that stand before any ruling; none when absent. */
  readonly consult?: (
    bundle: PolicyBundle,
    questions: readonly PolicyQuestion[],
    verdicts: readonly PolicyVerdict[],
    signal: AbortSignal,
  ) => Promise<readonly PolicyVerdict[]>;
}

export interface CedarEngine extends PolicyEngine {
  /** Answers one question. @throws {CohortiumError} POLICY_INVALID, REGIME_TAMPERED, ARGUMENT_INVALID for purpose or date */
  readonly evaluate: (question: PolicyQuestion) => Promise<GateAnswer>;
  /** As evaluate, with the key and the facts that it rests on. */
  readonly examine: (question: PolicyQuestion) => Promise<PolicyDecision>;
  /** What is in force now, for many questions by one version of everything; knows no rulings. */
  readonly session: () => Promise<PolicySession>;
  readonly policyDigest: () => Promise<string>;
}

const vectorsSchema = z.array(z.strictObject({ facts: z.record(z.string(), z.unknown()), purpose: z.string(), sink: z.string() }));

/** Policies are read at the first question, and again when a file of the operator's has changed; a decision never sees two versions. */
export function createCedarEngine(options: CedarEngineOptions): CedarEngine {
  let loaded: { readonly stamp: string | undefined; readonly session: Promise<PolicySession> } | undefined;
  const session = async (): Promise<PolicySession> => {
    const stamp = stampOf(options);
    if (loaded === undefined || stamp === undefined || loaded.stamp !== stamp) loaded = { stamp, session: loadSession(options) };
    try {
      return await loaded.session;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  };
  const withRuling = (verdict: PolicyVerdict, asOf: string): PolicyDecision => ruled(verdict, options.rulingOf?.(verdict.key, asOf));
  const consulted = async (
    { bundle }: PolicySession,
    questions: readonly PolicyQuestion[],
    verdicts: readonly PolicyVerdict[],
    signal: AbortSignal,
  ) => (options.consult ? options.consult(bundle, questions, verdicts, signal) : verdicts);
  const examine = async (question: PolicyQuestion): Promise<{ readonly decision: PolicyDecision; readonly bundle: PolicyBundle }> => {
    const held = await session();
    const verdict = held.decide(question);
    const [standing = verdict] = await consulted(held, [question], [verdict], new AbortController().signal);
    return { decision: withRuling(standing, question.asOf), bundle: held.bundle };
  };
  return {
    session,
    examine: async (question) => (await examine(question)).decision,
    evaluate: async (question) => {
      const { decision, bundle } = await examine(question);
      const { outcome, policies, anchors, unknownFacts, opinions } = decision;
      return { outcome, policies, anchors, unknownFacts, policyDigest: bundle.digest, ...(opinions ? { opinions } : {}) };
    },
    decide: async ({ vectors, asOf }, { signal }) => {
      const held = await session();
      const questions = vectorsSchema.parse(options.content.getJson(vectors)).map((vector) => ({ ...vector, asOf }));
      const verdicts = questions.map((question) => {
        signal.throwIfAborted();
        return held.decide(question);
      });
      const standing = (await consulted(held, questions, verdicts, signal)).map((verdict) => withRuling(verdict, asOf));
      return {
        decisions: storeDecisions(standing, options.content),
        policyDigest: held.bundle.digest,
        law: options.content.putJson(recordedLaw(held.bundle)),
      };
    },
    policyDigest: async () => (await session()).bundle.digest,
  };
}

/** Vectors that are alike share what regimes say of their reach. */
export function storeDecisions(decisions: readonly PolicyDecision[], content: Pick<ContentStore, 'putJson'>): Ref {
  const reachRefs = new Map<unknown, Ref>();
  const stored = decisions.map(({ applicability, ...decision }) => {
    let reach = reachRefs.get(applicability);
    if (!reach) reachRefs.set(applicability, (reach = content.putJson(applicability)));
    return { ...decision, applicability: reach };
  });
  return content.putJson(stored);
}

const mostReadings = 5;

/** Reads again what was written while it was read, so that no bundle has two versions in it. */
async function loadSession(sources: BundleSources): Promise<PolicySession> {
  for (let reading = 0; reading < mostReadings; reading++) {
    const stamp = stampOf(sources);
    const bundle: PolicyBundle = await readBundle(sources);
    if (stampOf(sources) === stamp) return openSession(await import('@cedar-policy/cedar-wasm/nodejs'), bundle);
  }
  throw new CohortiumError(
    'POLICY_INVALID',
    `${sources.directory} is written all the time; ask again when its files are as they are meant to be`,
  );
}

/** Of the policies and of what decides which of them hold: another stamp, another reading. Undefined where the policies cannot be read. */
function stampOf({ directory, watched = [] }: Pick<BundleSources, 'directory' | 'watched'>): string | undefined {
  const policies = folderStamp(directory);
  return policies === undefined ? undefined : [policies, ...watched.map((folder) => folderStamp(folder) ?? 'absent')].join('\n\n');
}

/** Names, sizes and times of the files under a folder. */
function folderStamp(directory: string): string | undefined {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => {
        // A link to nowhere, as editors leave them, must not hide what happens to the others.
        const found = statSync(join(directory, name), { throwIfNoEntry: false });
        return `${name} ${found?.mtimeMs ?? ''} ${found?.size ?? ''}`;
      })
      .join('\n');
  } catch {
    return undefined; // what is wrong is for the reading to say
  }
}

/** A person's ruling answers a case that went to counsel; it never overturns fail or pass. */
export function ruled(verdict: PolicyVerdict, found: Ruling | undefined): PolicyDecision {
  const ruling = verdict.outcome === 'counsel' ? found : undefined;
  if (!ruling) return { ...verdict, ruling: null };
  const effect = ruling.status === 'approved' ? 'counsel' : 'fail';
  const citation = `${ruling.status} by ${ruling.by}${ruling.note ? `: ${ruling.note}` : ''}`;
  const own = { id: ruling.policy, regime: null, effect, anchor: 'governance', citation, remedy: '', verify: null } as const;
  return { ...verdict, outcome: ruling.status === 'approved' ? 'pass' : 'fail', policies: [own, ...verdict.policies], ruling };
}
