import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
/**
 * Erasure and correction for a person who asked. An erasure is the erasure door's work, which keeps what the law wants kept and says
 * so; a correction is a new declaration in the log, so that everything that is computed from now on rests on it.
 */
import { declaredAttributes } from '../../../skills/signal-capture/signals/standing.ts';
import type { CallContext } from '../call-context.ts';
import { customerOf } from '../consents/consent-file.ts';
import type { ErasureDoor, ErasureReport } from '../erasure/erasure-interface.ts';
import type { CustomerDataGraph } from '../interface.ts';
import type { CorrectionWish, Outcome, RequestState } from './request.ts';

export interface ErasingDoors {
  readonly erasure: Pick<ErasureDoor, 'plan' | 'erase' | 'resume'>;
  readonly capture: CustomerDataGraph['capture'];
  /** ISO instant by the agent's clock. */
  readonly now: () => string;
}

/** @throws {CohortiumError} ARGUMENT_INVALID for what nobody declares */
export function checkCorrections(corrections: readonly CorrectionWish[]): void {
  for (const { attribute, value } of corrections) {
    if (!declaredAttributes.some((known) => known === attribute)) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `'${attribute.slice(0, 40)}' is nothing that is declared of a person; these are: ${declaredAttributes.join(', ')}`,
      );
    }
    if (value.trim() === '') throw new CohortiumError('ARGUMENT_INVALID', `${attribute}: the right value was expected; found nothing`);
  }
}

export async function wouldErase({ erasure }: ErasingDoors, state: RequestState, _context: CallContext = {}): Promise<readonly string[]> {
  if (state.customer === null) return ['nothing: nobody of that identity is known'];
  try {
    const plan = await erasure.plan(state.customer);
    return [
      ...plan.holds.map((hold) => `stop, because of a hold: ${hold}`),
      ...plan.found.map(({ store, what, count }) => `erase ${count} ${what} from ${store}`),
      `destroy ${plan.keys} keys, and with them ${plan.bodies} bodies of the ledger`,
      ...plan.kept.map((kept) => `keep ${keptWords(kept).what}, because: ${keptWords(kept).because}`),
      ...(plan.subscribers.length > 0 ? [`tell ${plan.subscribers.join(', ')}`] : []),
    ];
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'CUSTOMER_NOT_FOUND') return ['nothing: nothing is kept of them'];
    throw error;
  }
}

export async function carryOutErasure(
  { erasure }: ErasingDoors,
  state: RequestState,
  by: string,
  _context: CallContext = {},
): Promise<Outcome> {
  if (state.customer === null) {
    throw new CohortiumError('REQUEST_REFUSED', `nobody of the identities of request ${state.id} is known; deny it as no-match`);
  }
  return outcomeOf(await erasure.erase({ customer: state.customer, by, why: `request ${state.id} of the person` }));
}

/** Goes on with what waits for recipients, and says how they stand. */
export async function followErasure({ erasure }: ErasingDoors, state: RequestState, _context: CallContext = {}): Promise<Outcome['sinks']> {
  const before = state.outcome?.sinks ?? [];
  const report = await erasure.resume();
  if (report) return outcomeOf(report).sinks;
  // Nothing waits any more: everybody has acknowledged.
  return before.map((sink) => ({ ...sink, state: 'acknowledged' as const }));
}

function outcomeOf({ erasure, erased, bodies, keys, kept, told, record, files, left }: ErasureReport): Outcome {
  return {
    done: [
      `Erased under the number ${erasure}: ${keys.length} keys destroyed, and with them ${bodies} bodies of the ledger.`,
      ...erased.map(({ store, what, count }) => `${count} ${what} in ${store}.`),
      ...files.map((file) => `Receipt: ${file}.`),
    ],
    kept: [
      ...kept.map(keptWords),
      ...left.map((file) => ({
        what: `a file of the operator, ${file}`,
        because: 'it was written by hand, and a person has to look at it',
        until: null,
      })),
    ],
    sinks: told.map(({ subscriber, state }) => ({ sink: subscriber, state })),
    records: record === null ? [] : [record],
    document: null,
  };
}

export async function carryOutCorrection(
  { capture, now }: ErasingDoors,
  state: RequestState,
  _by: string,
  context?: CallContext,
): Promise<Outcome> {
  const { customer } = state;
  // What was claimed besides may be somebody else's, and is not corrected for whoever was verified.
  if (customer === null) {
    throw new CohortiumError('REQUEST_REFUSED', `nobody that was verified in request ${state.id} is known; deny it as no-match`);
  }
  const signals = state.corrections.map(({ attribute, value }, at) => ({
    // The same request corrected again is the same signal.
    id: `${state.id}#${at + 1}`,
    type: 'preference-change',
    customer: customerOf(customer),
    at: now(),
    properties: { attribute, value, source: 'correction' },
  }));
  const report = await capture(signals, 'requests', context);
  const [refused] = report.entries;
  if (refused) throw new CohortiumError('REQUEST_REFUSED', `a correction of request ${state.id} was not taken: ${refused.message}`);
  return {
    done: state.corrections.map(({ attribute }) => `Corrected: ${attribute}. Everything that is computed from now on rests on it.`),
    kept: [],
    sinks: [],
    records: [],
    document: null,
  };
}

/** A class of records whose keys stay, in words. */
function keptWords({ class: what, because, until }: ErasureReport['kept'][number]): Outcome['kept'][number] {
  return { what: `records of the class ${what}`, because: because.join('; '), until };
}
