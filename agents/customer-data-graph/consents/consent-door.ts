/**
 * Consents and opt-outs: shown with their history, recorded, imported, and followed to the sinks. The log is the one way in: what is
 * recorded here is a consent-event first of all, and the store only repeats it.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { CohortiumError, type ErrorCode } from '../../../skills/sdk/index.ts';
import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { readConsentString } from '../../adapters/iab/consent-strings.ts';
import { factsWithSources } from '../facts/facts-with-sources.ts';
import { identityOf, ownerOf } from '../identities/identity.ts';
import type { Workspace } from '../workspace.ts';
import { emptyConsentState, takeAnswer } from './consent-aspects.ts';
import { customerOf, readConsentFile } from './consent-file.ts';
import type { ConsentDoor, ConsentEntry, ConsentRecord } from './consent-interface.ts';
import type { ConsentRow } from './consent-row.ts';

/** Faults that a report shows. */
const shownFaults = 20;

export function consentDoor(workspace: Workspace): ConsentDoor {
  /** Every identity that is one customer with this one. */
  const identities = async (customer: string, signal: AbortSignal): Promise<readonly string[]> => {
    const owner = ownerOf(identityOf(customer));
    const { refresh, membersOf } = workspace.consents();
    await refresh(signal);
    return membersOf(owner, signal);
  };

  const propagate = async (signal: AbortSignal): Promise<number> => {
    const { optOuts, deliverDue } = workspace.outbox();
    const before = optOuts.list().length;
    await deliverDue(signal);
    return optOuts.list().length - before;
  };

  return {
    show: async (customer, { signal = new AbortController().signal } = {}) => {
      const members = await identities(customer, signal);
      const rows = workspace.consents().store.answersOf(members, Number.MAX_SAFE_INTEGER);
      const state = emptyConsentState();
      for (const row of rows) takeAnswer(state, row);
      const newest = new Map(rows.map((row) => [row.purpose, row]));
      return {
        customer,
        identities: members,
        standing: [...newest]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([purpose, row]) => ({
            purpose,
            isRefused: state.refusals.get(purpose) ?? null,
            hasConsent: state.consents.get(purpose) === true,
            newest: entryOf(row),
          })),
        history: rows.map(entryOf).reverse(),
      };
    },
    record: async (record, { signal = new AbortController().signal } = {}) => {
      const choices = choicesOf(record);
      const id = `consent-${randomUUID()}`;
      const at = record.at ?? new Date(workspace.clock.now()).toISOString();
      const signals = choices.map((properties, index) => ({
        id: index === 0 ? id : `${id}#${index + 1}`,
        type: 'consent-event',
        customer: customerOf(record.customer),
        at,
        properties,
      }));
      const verdicts = signals.map((one) => validateSignal(one));
      const fault = verdicts.find((verdict) => !verdict.ok);
      // A person sits in front of it and can say it again, so it does not go to the quarantine.
      if (fault && !fault.ok) throw new CohortiumError('ARGUMENT_INVALID', `${fault.message}; nothing was recorded`);
      await workspace.eventLog().append([{ source: 'consents', line: 1, raw: () => JSON.stringify(signals), verdicts }]);
      return {
        taken: signals.map((one, index) => ({
          event: one.id,
          purpose: String(choices[index]?.['purpose']),
          granted: choices[index]?.['granted'] === true,
          mode: modeOf(choices[index]?.['mode']),
        })),
        propagated: await propagate(signal),
      };
    },
    import: async (file, { signal = new AbortController().signal } = {}) => {
      const source = basename(file);
      const rows = readConsentFile(readText(file), source);
      const { accepted, duplicates, quarantined, entries } = await workspace
        .eventLog()
        .append(rows.map(({ line, raw, verdicts }) => ({ source, line, raw: () => raw, verdicts, type: 'consent-event' })));
      return {
        rows: rows.length,
        accepted,
        duplicates,
        quarantined,
        propagated: accepted > 0 ? await propagate(signal) : 0,
        faults: entries.slice(0, shownFaults).map(({ line, message }) => ({ line, message })),
      };
    },
    propagation: async (customer, { signal = new AbortController().signal } = {}) => {
      if (customer === undefined) return workspace.outbox().optOuts.list();
      const { customerIdsOf } = workspace.consents();
      return workspace.outbox().optOuts.list(customerIdsOf(await identities(customer, signal)));
    },
    factsWithSources: (customer, asOf) => factsWithSources(workspace, customer, asOf),
  };
}

/** Properties of the consent-events that a record says. */
function choicesOf(record: ConsentRecord): readonly Readonly<Record<string, unknown>>[] {
  const { purpose, granted, gpp, tcf, customer: _customer, at: _at, ...about } = record;
  const given = [purpose, gpp, tcf].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new CohortiumError('ARGUMENT_INVALID', `one of a purpose, a GPP string and a TCF string was expected; found ${given.length}`);
  if (purpose !== undefined) {
    if (granted === undefined) throw new CohortiumError('ARGUMENT_INVALID', `'${purpose}' was granted or refused; say which`);
    return [{ purpose, granted, ...about }];
  }
  const [kind, text = ''] = gpp === undefined ? (['tcf', tcf] as const) : (['gpp', gpp] as const);
  const reading = readConsentString(kind, text);
  if (!reading.ok) throw fault('CONSENT_STRING_INVALID', `${kind.toUpperCase()} string: ${reading.message}; nothing was recorded`);
  if (reading.choices.length === 0)
    throw fault(
      'CONSENT_STRING_INVALID',
      `${kind.toUpperCase()} string: no section in it says anything about a purpose; nothing was recorded`,
    );
  return reading.choices.map((choice) => ({ ...about, ...choice, method: kind, string: text }));
}

function fault(code: ErrorCode, message: string): CohortiumError {
  return new CohortiumError(code, message);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CohortiumError('FILE_UNREADABLE', `${file} cannot be read`, { cause });
  }
}

function entryOf({ owner, atMs, place: _place, ...row }: ConsentRow): ConsentEntry {
  return { ...row, identity: owner, at: new Date(atMs).toISOString() };
}

function modeOf(mode: unknown): ConsentEntry['mode'] {
  return mode === 'opt-in' || mode === 'opt-out' ? mode : null;
}
