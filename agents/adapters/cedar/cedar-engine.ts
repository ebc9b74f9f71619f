/**
 * The gate's policy engine: Cedar with partial evaluation. Answers fail, counsel or pass for facts, purpose and sink, under
 * the policies in force on a day. A fact that is unknown and could matter gives counsel; so does an evaluation error. Refuses
 * to answer at all while a policy file has a fault. It never sees who the customer is.
 */
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { z } from 'zod';

import { canonicalJson, CohortiumError, type ContentStore, digestOf, type PolicyEngine } from '../../../skills/sdk/index.ts';
import type { GateAnswer } from '../../customer-data-graph/interface.ts';
import { type FactValue, readFact } from './fact-types.ts';
import { type PolicyFolder, readPolicyFolder } from './policy-files.ts';
import { isInForce, isIsoDate, type PolicyRule } from './policy-rule.ts';
import { residualTruth } from './residual.ts';

/** What a person decided about a case before. */
export interface Ruling {
  readonly review: string;
  readonly status: 'approved' | 'rejected';
  readonly by: string;
  readonly note: string;
}

export interface PolicyQuestion {
  /** Facts by name; absent, null, empty or unreadable means unknown. Names that no policy knows are left aside. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly purpose: string;
  readonly sink: string;
  /** ISO date: the law of that day applies. */
  readonly asOf: string;
}

export interface PolicyDecision extends Omit<GateAnswer, 'policyDigest'> {
  /** Digest of everything that the decision rests on; a ruling by a person is remembered under it. */
  readonly key: string;
  /** The facts that the policies in force read for this purpose; null is unknown. */
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly ruling: Ruling | null;
}

export interface CedarEngineOptions {
  /** The operator's `policies/` folder. */
  readonly directory: string;
  readonly content: ContentStore;
  /** Looks up what a person decided about a case; none when absent. */
  readonly rulingOf?: (key: string) => Ruling | undefined;
}

export interface CedarEngine extends PolicyEngine {
  /** Answers one question. @throws {CohortiumError} POLICY_INVALID, POLICY_NOT_FOUND, ARGUMENT_INVALID for purpose or date */
  readonly evaluate: (question: PolicyQuestion) => Promise<GateAnswer>;
  /** As evaluate, with the key and the facts that it rests on. */
  readonly examine: (question: PolicyQuestion) => Promise<PolicyDecision>;
  readonly policyDigest: () => Promise<string>;
  /** The rules of the folder, in file order. */
  readonly describe: () => Promise<readonly PolicyRule[]>;
}

const vectorsSchema = z.array(z.strictObject({ facts: z.record(z.string(), z.unknown()), purpose: z.string(), sink: z.string() }));

/** Policies are read at the first question and stay; a folder with faults is read again at the next one. */
export function createCedarEngine(options: CedarEngineOptions): CedarEngine {
  let loaded: Promise<Evaluator> | undefined;
  const evaluator = async (): Promise<Evaluator> => {
    loaded ??= loadEvaluator(options.directory);
    try {
      return await loaded;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  };
  const examine = async (question: PolicyQuestion): Promise<PolicyDecision> =>
    withRuling((await evaluator()).decide(question), options.rulingOf);
  return {
    examine,
    evaluate: async (question) => {
      const { outcome, policies, unknownFacts } = await examine(question);
      return { outcome, policies, unknownFacts, policyDigest: (await evaluator()).folder.digest };
    },
    decide: async ({ vectors, asOf }, { signal }) => {
      const { decide, folder } = await evaluator();
      const questions = vectorsSchema.parse(options.content.getJson(vectors));
      const decisions = questions.map((question) => {
        signal.throwIfAborted();
        return withRuling(decide({ ...question, asOf }), options.rulingOf);
      });
      return { decisions: options.content.putJson(decisions), policyDigest: folder.digest };
    },
    policyDigest: async () => (await evaluator()).folder.digest,
    describe: async () => (await evaluator()).folder.rules,
  };
}

interface Evaluator {
  readonly folder: PolicyFolder;
  readonly decide: (question: PolicyQuestion) => PolicyDecision;
}

async function loadEvaluator(directory: string): Promise<Evaluator> {
  const folder = await readPolicyFolder(directory);
  const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
  const memo = new Map<string, PolicyDecision>();
  const decide = (question: PolicyQuestion): PolicyDecision => {
    checkQuestion(question, folder);
    const rules = folder.rules.filter((rule) => isInForce(rule, question.asOf) && (rule.purposes?.includes(question.purpose) ?? true));
    const names = [...new Set(rules.flatMap((rule) => rule.facts))].sort();
    const facts = Object.fromEntries(names.map((name) => [name, readFact(folder.facts[name] ?? 'String', question.facts[name])]));
    const basis = canonicalJson([folder.digest, rules.map(({ id }) => id), question.purpose, question.sink, facts]);
    const known = memo.get(basis);
    if (known) return known;
    const decision = { ...evaluateRules(cedar, rules, facts, question), key: digestOf(basis), facts, ruling: null };
    memo.set(basis, decision);
    return decision;
  };
  return { folder, decide };
}

function checkQuestion({ purpose, asOf }: PolicyQuestion, { purposes }: PolicyFolder): void {
  if (!purposes.includes(purpose)) {
    throw new CohortiumError('ARGUMENT_INVALID', `purpose '${purpose}' is not known; purposes are: ${purposes.join(', ')}`);
  }
  if (!isIsoDate(asOf)) throw new CohortiumError('ARGUMENT_INVALID', `asOf must be an ISO date such as 2026-01-31, found '${asOf}'`);
}

type Verdict = Pick<PolicyDecision, 'outcome' | 'policies' | 'unknownFacts'>;

/** Rules that read an unknown fact are evaluated partially, the others from Cedar's preparsed cache, which is faster. */
function evaluateRules(
  cedar: typeof Cedar,
  rules: readonly PolicyRule[],
  facts: Readonly<Record<string, FactValue>>,
  question: PolicyQuestion,
): Verdict {
  const readsUnknown = (rule: PolicyRule): boolean => rule.facts.some((name) => facts[name] === null);
  const request = {
    principal: { type: 'Customer', id: 'any' },
    action: { type: 'Action', id: question.purpose },
    resource: { type: 'Sink', id: question.sink },
    entities: [],
  };
  const settled = evaluateSettled(
    cedar,
    rules.filter((rule) => !readsUnknown(rule)),
    facts,
    request,
  );
  const open = evaluateOpen(cedar, rules.filter(readsUnknown), facts, request);
  const applies = new Set([...settled.applies, ...open.applies]);
  const erred = new Set([...settled.erred, ...open.erred]);

  const fails = rules.filter((rule) => applies.has(rule.id) && rule.outcome === 'fail');
  const counsels = rules.filter((rule) => erred.has(rule.id) || (applies.has(rule.id) && rule.outcome === 'counsel'));
  if (fails.length > 0) {
    return { outcome: 'fail', policies: [...fails.map(reason('fail')), ...counsels.map(reason('counsel'))], unknownFacts: [] };
  }
  // Where counsel is certain, an open counsel policy adds nothing; an open fail policy does.
  const mayApply = rules.filter((rule) => open.hangsOn.has(rule.id) && (counsels.length === 0 || rule.outcome === 'fail'));
  const unknownFacts = [...new Set(mayApply.flatMap((rule) => [...(open.hangsOn.get(rule.id) ?? [])]))].sort();
  const policies = [...counsels, ...mayApply].map(reason('counsel'));
  return { outcome: policies.length > 0 ? 'counsel' : 'pass', policies, unknownFacts };
}

type Request = Pick<Cedar.AuthorizationCall, 'principal' | 'action' | 'resource' | 'entities'>;

interface Evaluation {
  readonly applies: readonly string[];
  /** Evaluation failed, for instance by overflow: nothing is known, so counsel. */
  readonly erred: readonly string[];
}

function evaluateSettled(
  cedar: typeof Cedar,
  rules: readonly PolicyRule[],
  facts: Readonly<Record<string, FactValue>>,
  request: Request,
): Evaluation {
  if (rules.length === 0) return { applies: [], erred: [] };
  const context = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
  const answer = cedar.statefulIsAuthorized({ ...request, context, preparsedPolicySetId: preparse(cedar, rules) });
  if (answer.type === 'failure') return { applies: [], erred: rules.map(({ id }) => id) };
  const { reason: applies, errors } = answer.response.diagnostics;
  return { applies, erred: errors.map(({ policyId }) => policyId) };
}

const preparsed = new Set<string>();

function preparse(cedar: typeof Cedar, rules: readonly PolicyRule[]): string {
  const policies = staticPolicies(rules);
  const id = digestOf(policies);
  // Cedar keeps preparsed sets per thread; there are as many as combinations of purpose, date and unknown facts.
  if (!preparsed.has(id)) {
    cedar.preparsePolicySet(id, { staticPolicies: policies });
    preparsed.add(id);
  }
  return id;
}

function evaluateOpen(
  cedar: typeof Cedar,
  rules: readonly PolicyRule[],
  facts: Readonly<Record<string, FactValue>>,
  request: Request,
): Evaluation & { readonly hangsOn: ReadonlyMap<string, ReadonlySet<string>> } {
  const hangsOn = new Map<string, ReadonlySet<string>>();
  if (rules.length === 0) return { applies: [], erred: [], hangsOn };
  const context = Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, value ?? { __extn: { fn: 'unknown', arg: name } }]),
  );
  const answer = cedar.isAuthorizedPartial({ ...request, context, policies: { staticPolicies: staticPolicies(rules) } });
  if (answer.type === 'failure') return { applies: [], erred: rules.map(({ id }) => id), hangsOn };
  const { satisfied, errored, residuals, nontrivialResiduals } = answer.response;
  const applies = [...satisfied];
  for (const id of nontrivialResiduals) {
    const truth = residualTruth(residuals[id]?.conditions ?? []);
    if (truth === true) applies.push(id);
    else if (truth !== false) hangsOn.set(id, truth);
  }
  return { applies, erred: errored, hangsOn };
}

function staticPolicies(rules: readonly PolicyRule[]): Record<string, string> {
  return Object.fromEntries(rules.map(({ id, text }) => [id, text]));
}

function reason(effect: 'fail' | 'counsel') {
  return ({ id, anchor, citation, remedy }: PolicyRule): GateAnswer['policies'][number] => ({ id, effect, anchor, citation, remedy });
}

/** A person's ruling answers a case that went to counsel; it never overturns fail or pass. */
function withRuling(decision: PolicyDecision, rulingOf: CedarEngineOptions['rulingOf']): PolicyDecision {
  const ruling = decision.outcome === 'counsel' ? rulingOf?.(decision.key) : undefined;
  if (!ruling) return decision;
  const effect = ruling.status === 'approved' ? 'counsel' : 'fail';
  const citation = `${ruling.status} by ${ruling.by}${ruling.note ? `: ${ruling.note}` : ''}`;
  const policies = [{ id: `review:${ruling.review}`, effect, anchor: 'governance', citation, remedy: '' } as const, ...decision.policies];
  return { ...decision, outcome: ruling.status === 'approved' ? 'pass' : 'fail', policies, ruling };
}
