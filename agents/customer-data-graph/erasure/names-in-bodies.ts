/**
 * What sealed bodies name: in the bytes of the ledger it cannot be seen, so that who looks for what nothing names has to open every body
 * that still has a key. Refuses to guess: where a body cannot be read, what is named is not known.
 */
import { recordKinds } from '../../../skills/audit/record/record-kinds.ts';
import { isCohortiumError } from '../../../skills/sdk/index.ts';
import type { Workspace } from '../workspace.ts';
import { longRunsOfHex } from './gone-digests.ts';

/** @returns names as digests have them, of objects and of anything else; undefined where a body that has a key cannot be read */
export async function namesInBodies({ ledger, records }: Pick<Workspace, 'ledger' | 'records'>): Promise<ReadonlySet<string> | undefined> {
  const names = new Set<string>();
  try {
    for (const place of ledger().placesOfKinds(Object.keys(recordKinds))) {
      const { body } = await records().at(place);
      for (const text of textsOf(body)) for (const name of longRunsOfHex(text)) names.add(name);
    }
  } catch (error) {
    if (isCohortiumError(error)) return undefined;
    throw error;
  }
  return names;
}

/** With what a signed statement says, which stands in its envelope in base64. */
function textsOf(body: Readonly<Record<string, unknown>> | null): readonly string[] {
  const { payload } = (body?.['envelope'] ?? {}) as { readonly payload?: unknown }; // of an attestation
  return [JSON.stringify(body), ...(typeof payload === 'string' ? [Buffer.from(payload, 'base64').toString('utf8')] : [])];
}
