/**
 * Some customers whom a case is about, as of the newest finished run, with where each of their facts comes from. Answers none where the
 * run has no such customer any more. A value is explained only where its purpose passed.
 */
import { isCohortiumError, refSchema, textColumn } from '../../../skills/sdk/index.ts';
import type { StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import { factsWithSources } from '../facts/facts-with-sources.ts';
import { valueDoor } from '../value-door.ts';
import type { Workspace } from '../workspace.ts';
import { contestedBy } from './contest.ts';
import type { ReviewExample } from './counsel-interface.ts';

const mostExamples = 3;
/** Customers looked at for one whose facts are those of the case. */
const mostLookedAt = 60;

export async function examplesOf(workspace: Workspace, review: StoredReview): Promise<readonly ReviewExample[]> {
  const { bundle } = await workspace.reviews().law();
  const request = contestedBy(review);
  if (request !== undefined) return personOf(workspace, workspace.requests().one(request).customer, review);
  const names = review.decisiveFacts.filter((name) => bundle.facts[name]?.of === 'customer');
  const { asOf, customers } = await customersIn(workspace, review);
  const examples: ReviewExample[] = [];
  for (const customerId of customers.slice(0, mostLookedAt)) {
    if (examples.length >= mostExamples) break;
    const facts = await factsWithSources(workspace, customerId, asOf).catch(notKnown);
    const found = names.flatMap((name) => facts?.find((fact) => fact.name === name) ?? []);
    if (facts && found.every(({ name, value }) => value === (review.facts[name] ?? null))) {
      examples.push({ customerId, facts: found, explanation: await explain(workspace, customerId) });
    }
  }
  return examples;
}

/** The one person whom a contested decision is about, as they are known now. */
async function personOf(workspace: Workspace, customerId: string | null, review: StoredReview): Promise<readonly ReviewExample[]> {
  if (customerId === null) return [];
  const facts = await factsWithSources(workspace, customerId, workspace.reviews().today()).catch(notKnown);
  const read = facts?.filter(({ name }) => review.facts[name] !== undefined) ?? [];
  return [{ customerId, facts: read, explanation: await explain(workspace, customerId) }];
}

/** Those whom the newest finished run sent to counsel by the same rules. */
async function customersIn(workspace: Workspace, { purpose, sink, rules }: StoredReview) {
  const newest = (await workspace.orchestrator()).list().findLast(({ run }) => run.state === 'completed');
  const asOf = newest?.run.asOf ?? '';
  const outputs = Object.values(newest?.steps ?? {}).map(({ output }) => output as Readonly<Record<string, unknown>> | null); // outputs are objects
  const decisions = refSchema.safeParse(
    outputs.find((output) => output && 'decisions' in output && 'policyDigest' in output)?.['decisions'],
  );
  if (!decisions.success || !workspace.content.has(decisions.data)) return { asOf, customers: [] };
  const table = workspace.content.getTable(decisions.data);
  const [ids, purposes, sinks, policies] = ['customerId', 'purpose', 'sink', 'policies'].map((name) => textColumn(table, name));
  const wanted = rules.map(({ id }) => id).join(',');
  const customers: string[] = [];
  for (let row = 0; row < table.rows && customers.length < mostLookedAt; row++) {
    // A ruling stands before the rules that it answers.
    const isOfCase = policies?.[row] === wanted || policies?.[row]?.endsWith(`,${wanted}`) === true;
    if (isOfCase && purposes?.[row] === purpose && sinks?.[row] === sink) customers.push(ids?.[row] ?? '');
  }
  return { asOf, customers };
}

async function explain(workspace: Workspace, customerId: string): Promise<readonly string[]> {
  const explained = await valueDoor(workspace).explain({ customerId }).catch(notKnown);
  return explained?.outcome === 'pass' ? explained.sentences : [];
}

/** Gone since, or without a value: no example, and no reason to show nothing of the case. */
function notKnown(error: unknown): undefined {
  if (isCohortiumError(error)) return undefined;
  throw error;
}
