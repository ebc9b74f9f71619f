/** What an answer says of decisions that the person contested: what was decided, and what people made of it who looked again. */
import { rawKeyOf } from '../../../adapters/keys/verifier-key.ts';
import type { OpenRecord, RecordPlace } from '../../record/record-interface.ts';
import type { Workspace } from '../../workspace.ts';
import { readDecision } from '../human-review/contested-decision.ts';
import type { SubjectExport } from './export-schema.ts';

/**
 * @param only this request; null for every one of the person
 * @param until ISO instant of the answer
 */
export function gatherReviews(
  workspace: Pick<Workspace, 'requests'>,
  customer: string,
  only: string | null,
  until: string,
): SubjectExport['reviews'] {
  return workspace
    .requests()
    .all()
    .flatMap((state) => {
      const { referred, outcome } = state;
      const reviewed = outcome?.reviewed;
      if (state.customer !== customer || !referred || !reviewed || (only !== null && state.id !== only)) return [];
      const decidedAt = reviewed.by.at(-1)?.at ?? '';
      // The same answer made again says what it said.
      if (decidedAt > until) return [];
      return [
        {
          request: state.id,
          decidedAt,
          purpose: referred.purpose,
          sink: referred.sink,
          decision: referred.decision,
          view: state.contest?.view ?? '',
          outcome: reviewed.outcome,
          because: reviewed.because,
          conditions: [...reviewed.conditions],
          decidedBy: reviewed.by.map(({ role, at, key, signature }) => ({
            role,
            at,
            // The name of a verifier key names the person; the key alone does not.
            key: rawKeyOf(key).toString('base64'),
            signature,
          })),
          refused: [...reviewed.refused],
        },
      ];
    });
}

/** The contested decision as it was recorded; undefined where its body is gone since. */
export async function contestedDecisionOf(
  workspace: Pick<Workspace, 'records' | 'policies'>,
  place: RecordPlace,
): Promise<{ readonly record: OpenRecord; readonly decision: SubjectExport['decisions'][number] } | undefined> {
  const record = await workspace.records().at(place);
  const found = readDecision(record);
  if (!found) return undefined;
  const { bundle } = await workspace.policies().session();
  const { purpose, sink, outcome, rules, at } = found;
  return {
    record,
    decision: {
      purpose,
      sink,
      subscriber: sink,
      outcome: outcome === 'pass' || outcome === 'fail' ? outcome : 'counsel',
      asOf: at.slice(0, 10),
      rules: rules.map((rule) => ({ rule, citation: bundle.rules.find(({ id }) => id === rule)?.citation ?? '' })),
      otherwise: [],
      record: place,
    },
  };
}
