/** Correction and redaction of single records, and erasures done again after a restore. */
import { CohortiumError, type Json } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';

export const correct: CommandSpec = {
  name: 'correct',
  args: [['<record>', 'number of the record, or record/item of a batch']],
  summary: 'write a record in place of one that is wrong',
  says: 'Writes a correction that names the record it takes the place of, and destroys the values that were wrong, with their salts, unless a rule or a hold keeps them. The leaf and its proofs stay. What a customer declared, such as a residency, is corrected by a signal or by a request, so that everything computed from now on rests on it.',
  options: [
    { flags: '--set <json>', says: 'what is right, such as {"tier":"mid"}' },
    { flags: '--customer <id>', says: 'whom the record is about, where it is about a customer' },
    { flags: '--by <person>', says: 'who says so; recorded' },
    { flags: '--reason <text>', says: 'why; recorded' },
  ],
  examples: [
    ['cohortium correct 12/3 --customer c0077 --set \'{"tier":"mid"}\' --by ada --reason "request 12"', 'one field of one record'],
  ],
  next: 'cohortium redact destroys fields without putting others in their place.',
  async action(call) {
    const place = placeOf(call.args[0]);
    const given = { fields: fieldsOf(call.requiredText('set')), by: call.requiredText('by'), why: call.requiredText('reason') };
    const customer = call.text('customer');
    const about = customer === undefined ? {} : { customer };
    const report = await call.withAgent('write', (agent) => agent.erasure.correct({ place, ...about, ...given }));
    const { record, redacted, kept } = report;
    return {
      document: report,
      lines: [
        `Record ${record.index}${record.item === null ? '' : `/${record.item}`} stands in its place.`,
        kept.length > 0
          ? `The old values stay: ${kept.join('; ')}`
          : `Destroyed in the old one: ${redacted.join(', ') || 'nothing; it was gone before'}`,
      ],
    };
  },
};

export const redact: CommandSpec = {
  name: 'redact',
  args: [['<record>', 'number of the record, or record/item of a batch']],
  summary: 'destroy single fields of a record',
  says: 'Values and salts of the fields go; their commitments stay, so that the record still verifies and its other fields can still be disclosed. A hold keeps them. There is no way back.',
  options: [
    { flags: '--fields <names>', says: 'with commas' },
    { flags: '--by <person>', says: 'who orders it; recorded' },
    { flags: '--reason <text>', says: 'why; recorded' },
  ],
  examples: [['cohortium redact 12/3 --fields facts,explanation --by ada --reason "request 12"', 'two fields of one record']],
  next: 'cohortium verify shows that the record still stands.',
  async action(call) {
    const place = placeOf(call.args[0]);
    const fields = call
      .requiredText('fields')
      .split(',')
      .map((name) => name.trim());
    const given = { fields, by: call.requiredText('by'), why: call.requiredText('reason') };
    const gone = await call.withAgent('write', (agent) => agent.erasure.redact({ place, ...given }));
    return { document: { place, redacted: gone }, lines: [gone.length > 0 ? `Destroyed: ${gone.join(', ')}.` : 'They were gone before.'] };
  },
};

export const restoreCheck: CommandSpec = {
  name: 'restore-check',
  summary: 'do erasures again after a backup was put back',
  says: 'The ledger says which erasures are through. Where an older copy of the vault or of a store was put back, every one of them is done again, by keyed hashes of the identities. Every command that opens the directory does the same before it reads; this one says what was found.',
  examples: [['cohortium restore-check', 'after restoring anything from a backup']],
  next: 'cohortium verify says whether the ledger itself is the newest one.',
  async action(call: CommandCall) {
    const report = await call.withAgent('write', (agent) => agent.erasure.restore());
    const { erasures, keys, bodies, erased } = report;
    return {
      document: report,
      lines: [
        `${erasures} erasures on record; ${keys} keys and ${bodies} bodies were there again, and are gone.`,
        ...erased.map(({ store, what, count }) => `${store}: ${count} ${what}`),
      ],
    };
  },
};

function placeOf(text = ''): { readonly index: number; readonly item: number | null } {
  const [, index, item] = /^(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (index === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `a record such as 12 or 12/3 was expected; found '${text.slice(0, 40)}'`);
  return { index: Number(index), item: item === undefined ? null : Number(item) };
}

function fieldsOf(text: string): Readonly<Record<string, Json>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, Json>>; // JSON.parse made it
  throw new CohortiumError('ARGUMENT_INVALID', '--set: a JSON object such as {"tier":"mid"} was expected');
}
