/** What an answer holds and how it is packed: the whole of it from a real shop, and each part at its edges. */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sha256, type Json } from '../../../../skills/sdk/index.ts';
import { openRequestDesk, type RequestDesk, someSignals } from '../../../../test/fixtures/request-desk.ts';
import { rawKeyOf } from '../../../adapters/keys/verifier-key.ts';
import { csvText } from './csv-text.ts';
import { type SubjectExport, subjectExportSchema } from './export-schema.ts';
import { preAuthEncoding } from './sign-manifest.ts';
import { disclosable, withheldCounter } from './withhold.ts';
import { zipFiles } from './zip-files.ts';

/** As a whole word: three letters and a stroke can stand in what is random. */
const customerId = /\bu-1\b/;

describe('an answer', () => {
  let desk: RequestDesk;
  let id = '';
  let files: Readonly<Record<string, Uint8Array>> = {};
  const text = (path: string): string => Buffer.from(files[path] ?? []).toString('utf8');
  const data = (): SubjectExport => subjectExportSchema.parse(JSON.parse(text('data.json')));

  const answerTo = async (kind: 'access' | 'port' | 'know', name: string): Promise<Readonly<Record<string, Uint8Array>>> => {
    const { requests } = desk.agent;
    ({ id } = await requests.receive({ kind, manner: 'web-form', claims: ['u-1'], residence: 'DE' }));
    await requests.verify(id, { evidence: { method: 'account', points: 0, isDeclared: false, note: '' } }, 'ada');
    await requests.export(id, join(desk.directory, name), 'ada');
    return unzipSync(readFileSync(join(desk.directory, name)));
  };

  beforeAll(async () => {
    desk = await openRequestDesk(
      '2026-11-02',
      'requests: { contact: "privacy@shop.example", legalBases: { analytics: "art. 6(1)(f)" } }\n',
    );
    await someSignals(desk.agent, 'u-1', 'DE');
    await desk.agent.capture(
      [
        {
          id: 'odd',
          type: 'preference-change',
          customer: { userId: 'u-1' },
          at: '2026-02-01T00:00:00Z',
          properties: { attribute: 'city', value: '<script>alert(1)</script>' },
        },
        {
          id: 'sensitive',
          type: 'preference-change',
          customer: { userId: 'u-1' },
          at: '2026-02-02T00:00:00Z',
          properties: { attribute: 'street', value: 'SSN 123-45-6789' },
        },
        {
          id: 'formula',
          type: 'preference-change',
          customer: { userId: 'u-1' },
          at: '2026-02-03T00:00:00Z',
          properties: { attribute: 'givenName', value: '=HYPERLINK("http://evil.example")' },
        },
      ],
      'test',
    );
    await desk.workspace
      .records()
      .write([{ kind: 'feedback', stream: 'f-1', subject: 'u-1', body: { predicted: 12, found: 14 } }], 'feedback of the test');
    files = await answerTo('access', 'access.zip');
  });
  afterAll(() => desk.close());

  it('holds what the person did, said and is known by, and every record with a proof', () => {
    const answer = data();
    expect(answer.person).toMatchObject({ customerId: 'u-1', identities: [{ kind: 'user', value: 'u-1' }] });
    expect(answer.signals.map(({ id: signal }) => signal)).toContain('u-1-lives');
    expect(answer.consents).toMatchObject([{ purpose: 'marketing', isGranted: true }]);
    expect(answer.records).toMatchObject([{ kind: 'feedback', state: 'open', body: { predicted: 12, found: 14 } }]);
    const [record] = answer.records;
    expect(text(record?.proof ?? '')).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
    expect(answer.rights.flatMap(({ rights }) => rights)).toContain('erasure');
    expect(answer.request.law.map(({ regime }) => regime)).toEqual(['eu-gdpr-15', 'eu-gdpr-6']);
  });

  it('is the same twice, also after the ledger has grown', async () => {
    const { requests } = desk.agent;
    await requests.export(id, join(desk.directory, 'again.zip'), 'ada');
    await desk.workspace.records().write([{ kind: 'override', stream: 'o', subject: null, body: { why: 'test' } }], 'grown');
    await requests.export(id, join(desk.directory, 'later.zip'), 'ada');
    const first = readFileSync(join(desk.directory, 'access.zip'));
    for (const name of ['again.zip', 'later.zip']) expect(readFileSync(join(desk.directory, name)).equals(first)).toBe(true);
    await expect(requests.export(id, join(desk.directory, 'later.zip'), 'ada')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('is in the ledger: what was opened, and that it left', async () => {
    const written = await desk.workspace.records().ofKind(['custody.accessed', 'custody.exported']);
    const own = written.filter(({ body }) => body?.['request'] === id);
    expect(own.map(({ kind }) => kind)).toEqual(['custody.accessed', 'custody.exported']);
    expect(own[1]?.body).toMatchObject({
      recipient: 'the person',
      channel: 'web-form',
      sha256: sha256(readFileSync(join(desk.directory, 'access.zip'))),
    });
    expect(JSON.stringify(own)).not.toMatch(customerId);
  });

  it('is signed by the service over every other file', () => {
    const manifest = JSON.parse(text('manifest.json')) as {
      readonly files: readonly { readonly path: string; readonly sha256: string }[];
      readonly envelope: {
        readonly payloadType: string;
        readonly payload: string;
        readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
      };
    };
    for (const { path, sha256: digest } of manifest.files) expect(sha256(files[path] ?? new Uint8Array())).toBe(digest);
    expect(manifest.files.map(({ path }) => path).sort()).toEqual(
      Object.keys(files)
        .filter((path) => path !== 'manifest.json')
        .sort(),
    );
    const { payloadType, payload, signatures } = manifest.envelope;
    const [signature] = signatures;
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: rawKeyOf(signature?.keyid ?? '').toString('base64url') },
      format: 'jwk',
    });
    const bytes = preAuthEncoding(payloadType, Buffer.from(payload, 'base64'));
    expect(verify(null, bytes, key, Buffer.from(signature?.sig ?? '', 'base64'))).toBe(true);
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as { readonly subject: readonly object[] };
    expect(statement.subject).toHaveLength(manifest.files.length);
  });

  it('runs nothing: no script and nothing from elsewhere in the page, no formula in the tables', () => {
    const page = text('index.html');
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|(?:src|href)="(?:https?:)?\/\//i);
    expect(page).toContain("default-src 'none'");
    expect(page).toMatch(/<html lang="en">/);
    expect(text('csv/attributes.csv')).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
  });

  it('discloses no number of an identity document, and says that it is held', () => {
    for (const path of Object.keys(files)) expect(text(path), path).not.toContain('123-45-6789');
    expect(data().withheld).toMatchObject([{ what: 'social security number', because: 'Cal. Code Regs. tit. 11, § 7024(d)' }]);
  });

  it('to take elsewhere holds what was provided and observed, and nothing that was made of it', async () => {
    files = await answerTo('port', 'port.zip');
    const answer = data();
    expect(answer.signals.length).toBeGreaterThan(3);
    expect([answer.features, answer.values, answer.decisions, answer.records, answer.cohorts.current, answer.logic]).toEqual([
      null,
      null,
      [],
      [],
      [],
      [],
    ]);
  });

  it('about categories holds no piece', async () => {
    files = await answerTo('know', 'know.zip');
    const answer = data();
    expect([answer.person, answer.signals, answer.consents, answer.records]).toEqual([null, [], [], []]);
    expect(answer.categories.some(({ isHeld }) => isHeld)).toBe(true);
    expect(answer.categories.every(({ count }) => count === null)).toBe(true);
    for (const path of Object.keys(files)) expect(text(path), path).not.toMatch(customerId);
  });
});

describe('a ZIP file', () => {
  it('has the same bytes whatever the order of its files, and in every time zone', () => {
    const file = (path: string) => ({ path, bytes: Buffer.from(path.repeat(100)) });
    const bytes = zipFiles([file('b'), file('a/c')]);
    expect(Buffer.from(zipFiles([file('a/c'), file('b')])).equals(Buffer.from(bytes))).toBe(true);
    expect(sha256(bytes)).toBe(sha256(zipFiles([file('b'), file('a/c')])));
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Honolulu';
    expect(sha256(zipFiles([file('b'), file('a/c')]))).toBe(sha256(bytes));
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    expect(() => zipFiles([file('a'), file('a')])).toThrow(/twice/);
  });
});

describe('CSV', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '|cmd', '＝1'])('makes %j plain text', (cell) => {
    expect(csvText(['a'], [[cell]])).toMatch(/^a\r\n"?'/);
  });

  it('leaves numbers numbers, and quotes what needs it', () => {
    expect(csvText(['a', 'b', 'c', 'd'], [[-1.5, 'x,"y"', null, true]])).toBe('a,b,c,d\r\n-1.5,"x,""y""",,true\r\n');
  });
});

describe('what is never disclosed', () => {
  it.each<[Json, string]>([
    [{ ssn: '1' }, 'social security number'],
    [{ deep: [{ Social_Security_Number: 7 }] }, 'social security number'],
    [{ note: 'my ssn is 078-05-1120.' }, 'social security number'],
    [{ note: '4111 1111 1111 1111' }, 'financial account number'],
    [{ n: 4_111_111_111_111_111 }, 'financial account number'],
    [{ note: 'to DE89 3704 0044 0532 0130 00' }, 'financial account number'],
    [{ passport: 'C01X' }, "driver's licence or other government-issued identification number"],
    [{ password: 'hunter2' }, 'account password, or security question and answer'],
    [{ 'face-id': 'AAAA' }, 'unique biometric data'],
    [{ insuranceNumber: 'A123' }, 'health insurance or medical identification number'],
  ])('%j is %s', (value, kind) => {
    const counter = withheldCounter();
    expect(JSON.stringify(disclosable(value, counter))).toContain(kind);
    expect([...counter.kinds.keys()]).toEqual([kind]);
  });

  it.each<Json>([
    { clvMinor: 326_847.186_835_992_2, tsMs: 1_735_603_200_000 },
    { order: '1735603200000', phone: '000-12-3456', sku: 'DE-3704-0044', password: '', pin: null },
    { digest: 'a'.repeat(64), spinning: 'yes' },
  ])('%j stays', (value) => {
    const counter = withheldCounter();
    expect(disclosable(value, counter)).toEqual(value);
    expect(counter.kinds.size).toBe(0);
  });

  it('changes nothing else of any JSON', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const counter = withheldCounter();
        const left = disclosable(value as Json, counter);
        if (counter.kinds.size === 0) expect(left).toEqual(value);
      }),
    );
  });
});
