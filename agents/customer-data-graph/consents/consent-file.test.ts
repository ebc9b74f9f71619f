import { describe, expect, it } from 'vitest';

import { sha256 } from '../../../skills/sdk/index.ts';
import { readConsentFile } from './consent-file.ts';

const read = (text: string) => readConsentFile(text, 'export.csv');
const said = (text: string): readonly unknown[] =>
  read(text).flatMap(({ line, verdicts }) =>
    verdicts.map((verdict) =>
      verdict.ok
        ? { line, owner: verdict.signal.owner, ...(JSON.parse(verdict.signal.properties) as object) }
        : { line, message: verdict.message },
    ),
  );

describe('an export of a consent manager', () => {
  it('of purposes with status and time is read in the manner of OneTrust', () => {
    const text = `DataSubjectIdentifier,Purpose Name,Status,Consent Date,Purpose Version,Receipt ID,Collection Point
u-1,Marketing,ACTIVE,2026-01-02T10:00:00Z,4,r-1,Checkout
Jo@Example.org,targeted advertising,WITHDRAWN,2026-01-03,4,r-2,Preference centre
u-2,profiling,EXPIRED,2026-01-03,,,
`;
    expect(said(text)).toEqual([
      {
        line: 2,
        owner: 'user:u-1',
        purpose: 'marketing',
        granted: true,
        method: 'import',
        noticeVersion: '4',
        servedNotice: 'r-1',
        source: 'Checkout',
      },
      {
        line: 3,
        owner: `email:${sha256('jo@example.org')}`,
        purpose: 'targeted-advertising',
        granted: false,
        method: 'import',
        noticeVersion: '4',
        servedNotice: 'r-2',
        source: 'Preference centre',
      },
      { line: 4, owner: 'user:u-2', purpose: 'profiling', granted: false, mode: 'opt-in', method: 'import' },
    ]);
  });

  it('of actions is read by the names of Transcend', () => {
    const text =
      'userId,action,createdAt\nu-1,SALE_OPT_OUT,2026-01-02\nu-1,AUTOMATED_DECISION_MAKING_OPT_OUT,2026-01-02\nu-2,ERASURE,2026-01-03\n';
    expect(said(text)).toMatchObject([
      { line: 2, purpose: 'sale', granted: false },
      { line: 2, purpose: 'sharing', granted: false },
      { line: 3, purpose: 'automated-decision', granted: false },
      { line: 4, purpose: 'erasure', granted: true },
    ]);
  });

  it('gives the same row the same events, and another time others', () => {
    const id = (at: string): unknown =>
      read(`customer,action,at\nu-1,SALE_OPT_OUT,${at}\n`)[0]?.verdicts.map((one) => one.ok && one.signal.id);
    expect(id('2026-01-02')).toEqual(id('2026-01-02'));
    expect(id('2026-01-02')).not.toEqual(id('2026-01-03'));
  });

  it.each([
    ['a purpose that there is not', 'u-1,spying,ACTIVE,2026-01-01', 'purpose: one of marketing'],
    ['an action that there is not', 'u-1,PLACE_ON_LEGAL_HOLD,,2026-01-01', 'purpose: one of marketing'],
    ['a status that there is not', 'u-1,sale,PENDING,2026-01-01', "found 'PENDING'"],
    ['no status', 'u-1,sale,,2026-01-01', 'status: one of'],
    ['no time', 'u-1,sale,ACTIVE,', 'at:'],
    ['a day that there is not', 'u-1,sale,ACTIVE,2026-02-30', 'at:'],
    ['nobody', ',sale,ACTIVE,2026-01-01', 'customer'],
  ])('with %s refuses that row and no other', (_what, row, message) => {
    const rows = said(`customer,purpose,status,at\n${row}\nu-2,sale,ACTIVE,2026-01-01\n`);
    expect(rows).toMatchObject([
      { line: 2, message: expect.stringContaining(message) },
      { line: 3, owner: 'user:u-2' },
    ]);
  });

  it.each([
    ['CSV_EMPTY', 'customer,purpose,at\n'],
    ['CSV_EMPTY', ''],
    ['CSV_COLUMN_MISSING', 'who,what,when\nu-1,sale,2026-01-01\n'],
    ['CSV_ROW_INVALID', 'customer,purpose,at\n"u-1,sale,2026-01-01\n'],
  ])('is refused whole with %s', (code, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
