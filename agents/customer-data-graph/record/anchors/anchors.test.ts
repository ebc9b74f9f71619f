/** Anchors of a real ledger: at a folder, at an authority run by OpenSSL, at witnesses and stores that are not there. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

import { type AnchoredShop, makeAnchoredShop } from '../../../../test/fixtures/anchored-shop.ts';
import { startCarelessS3 } from '../../../../test/fixtures/careless-s3.ts';
import { hasOpenssl, startTimeAuthority } from '../../../../test/fixtures/time-authority.ts';
import { openEnvelope } from '../attest.ts';
import type { DsseEnvelope } from '../attestation-interface.ts';
import { anchorsSchema } from './anchor-config.ts';

async function open(anchors: readonly string[], files?: Readonly<Record<string, string>>): Promise<AnchoredShop> {
  const shop = await makeAnchoredShop(anchors, files);
  onTestFinished(() => shop.remove());
  return shop;
}

const codes = (faults: readonly { readonly code: string }[]): string[] => [...new Set(faults.map(({ code }) => code))];

describe('a folder elsewhere', () => {
  it('gets the checkpoint, is noted in table and record, and agrees with the ledger as it grows', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    const run = await shop.at((agent) => agent.anchors.now());
    expect(run).toMatchObject({ size: 6, failures: [], isUpToDate: false, receipts: [{ kind: 'file', size: 6, place: shop.elsewhere }] });
    expect(readdirSync(join(shop.elsewhere, 'checkpoints'))).toEqual([`000000000006-${run.root}.note`]);
    const anchored = await shop.at((_, workspace) => workspace.records().ofKind(['custody.anchored']));
    expect(anchored).toMatchObject([{ body: { size: 6, root: run.root, anchors: [{ kind: 'file', place: shop.elsewhere }] } }]);
    await shop.record('second');
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true, faults: [] });
  });

  it('is not written to again when only custody was recorded since', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ size: 0, receipts: [], isUpToDate: true });
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ receipts: [], isUpToDate: true });
    await shop.record('second');
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ receipts: [{ size: 13 }], isUpToDate: false });
  });

  it('tells a history that was written anew with the keys, the tables and the files of this machine', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('honest');
    await shop.at((agent) => agent.anchors.now());
    shop.forget();
    await shop.record('forged', 5);
    // Nothing here knows: this is what an anchor elsewhere is for.
    expect(await shop.at((agent) => agent.verify())).toMatchObject({ verified: true, faults: [] });
    const { ok, faults } = await shop.at((agent) => agent.anchors.check());
    expect(await shop.at((agent) => agent.verify('deep'))).toMatchObject({ verified: false, faults: [{ code: 'LEDGER_ROOT_MISMATCH' }] });
    expect({ ok, codes: codes(faults) }).toEqual({ ok: false, codes: ['LEDGER_ROOT_MISMATCH'] });
    expect(faults[0]?.message).toContain('its history was rewritten');
  });

  it('tells an older copy that was put back', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    const database = join(shop.directory, '.cohortium', 'ledger.db');
    copyFileSync(database, join(shop.directory, 'yesterday.db'));
    const checkpoints = join(shop.directory, 'registries', 'attestations', 'checkpoints.txt');
    copyFileSync(checkpoints, join(shop.directory, 'yesterday.txt'));
    await shop.record('second');
    await shop.at((agent) => agent.anchors.now());
    shop.forget();
    copyFileSync(join(shop.directory, 'yesterday.db'), database);
    copyFileSync(join(shop.directory, 'yesterday.txt'), checkpoints);
    expect(await shop.at((agent) => agent.verify())).toMatchObject({ verified: true });
    const { faults } = await shop.at((agent) => agent.anchors.check());
    expect(faults).toMatchObject([{ code: 'LEDGER_ROLLED_BACK', message: expect.stringContaining('has 12 records, the ledger holds 6') }]);
  });

  it('is not fooled by a checkpoint that another key signed, nor by other files', async () => {
    const [shop, other] = [await open(['folder: ELSEWHERE']), await open(['folder: ELSEWHERE'])];
    for (const one of [shop, other]) {
      await one.record(one === shop ? 'ours' : 'theirs');
      await one.at((agent) => agent.anchors.now());
    }
    const [name = ''] = readdirSync(join(other.elsewhere, 'checkpoints'));
    copyFileSync(join(other.elsewhere, 'checkpoints', name), join(shop.elsewhere, 'checkpoints', name));
    writeFileSync(join(shop.elsewhere, 'checkpoints', 'README'), 'not a checkpoint');
    expect(codes((await shop.at((agent) => agent.anchors.check())).faults)).toEqual(['LEDGER_SIGNATURE_INVALID']);
  });

  it('does not replace a copy that was changed', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    const { root } = await shop.at((agent) => agent.anchors.now());
    const path = join(shop.elsewhere, 'checkpoints', `000000000006-${root}.note`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('\n6\n', '\n7\n'));
    await shop.at(async (_, workspace) => {
      const { copyTo } = await import('./places.ts');
      expect(() =>
        copyTo(shop.elsewhere, `checkpoints/000000000006-${root}.note`, Buffer.from(workspace.ledger().checkpoints(6)[0]?.note ?? '')),
      ).toThrow(expect.objectContaining({ code: 'ANCHOR_NOT_LOCKED' }));
    });
  });
});

describe('segments', () => {
  const config = ['folder: ELSEWHERE', 'segments: { everyRecords: 7 }'];

  it('are one object per class, hold no body of a person, and come back as they were written', async () => {
    const shop = await open(config);
    await shop.record('first');
    const { segments } = await shop.at((agent) => agent.anchors.now());
    expect(segments.map(({ class: name, content }) => [name, content])).toEqual([
      ['calibration-report', 'bodies'],
      ['system-log', 'bodies'],
      ['value', 'skeleton'],
    ]);
    const back = join(shop.directory, 'back');
    const check = await shop.at((agent) => agent.anchors.checkSegments(back));
    expect(check.faults).toEqual([]);
    expect(check.segments.map(({ class: name, leaves, bodies }) => [name, leaves, bodies])).toEqual([
      ['calibration-report', 3, 3],
      ['system-log', 1, 1],
      ['value', 3, 0],
    ]);
    for (const { key } of segments) expect(readFileSync(join(back, key))).toEqual(readFileSync(join(shop.elsewhere, key)));
  });

  it('have a manifest that the service signed, and custody of making and leaving', async () => {
    const shop = await open(config);
    await shop.record('first');
    const { segments } = await shop.at((agent) => agent.anchors.now());
    const name = readdirSync(join(shop.elsewhere, 'segments')).find((one) => one.endsWith('.manifest.json')) ?? '';
    const envelope = JSON.parse(readFileSync(join(shop.elsewhere, 'segments', name), 'utf8')) as DsseEnvelope; // as it was written
    await shop.at(async (_, workspace) => {
      const { keyId } = workspace.keys().attestor();
      const statement = openEnvelope(envelope, (id) => (id === keyId ? keyId : undefined));
      expect(statement.subject.map(({ digest }) => digest.sha256)).toEqual(segments.map(({ sha256 }) => sha256));
      const records = await workspace.records().ofKind(['custody.created', 'custody.exported']);
      expect(records.map(({ kind }) => kind)).toEqual(['custody.created', 'custody.exported']);
    });
  });

  it('follow each other without a gap, and are the same bytes for the same ledger', async () => {
    const shop = await open(config);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    await shop.record('second');
    await shop.at((agent) => agent.anchors.now());
    const all = await shop.at((agent) => agent.anchors.segments());
    const ranges = [...new Set(all.map(({ from, to }) => `${from}-${to}`))];
    expect(ranges[0]).toBe('0-7');
    expect(ranges[1]).toMatch(/^7-/);
    const names = readdirSync(join(shop.elsewhere, 'segments'));
    const before = names.map((name) => readFileSync(join(shop.elsewhere, 'segments', name)));
    // As after a crash between writing and noting: the same ranges are written again.
    const { writeSegment } = await import('../segment-format.ts');
    const { readForAnchors } = await import('../../../adapters/sqlite/ledger/segment-source.ts');
    await shop.at(async (_, workspace) => {
      for (const { from, to, class: name, content, key } of all) {
        const again = readForAnchors(
          workspace.paths.state,
          (source) =>
            source &&
            writeSegment(source, { from, to, class: name, content, checkpoint: source.checkpointAt(to)?.note ?? '', timestamp: null }),
        );
        expect(again).toEqual(before[names.indexOf(key.replace('segments/', ''))]);
      }
    });
  });

  it('take bodies of persons along where the operator says so', async () => {
    const shop = await open([
      ...config.slice(0, 1),
      'segments: { everyRecords: 7, content: { value: bodies, calibration-report: skeleton } }',
    ]);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    const { segments } = await shop.at((agent) => agent.anchors.checkSegments());
    expect(segments.map(({ class: name, bodies }) => [name, bodies])).toEqual([
      ['calibration-report', 0],
      ['system-log', 1],
      ['value', 3],
    ]);
  });

  it('are refused when any byte was changed, and named when they are gone', async () => {
    const shop = await open(config);
    await shop.record('first');
    const { segments } = await shop.at((agent) => agent.anchors.now());
    const [damaged, gone] = segments;
    const path = join(shop.elsewhere, damaged?.key ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    rmSync(join(shop.elsewhere, gone?.key ?? ''));
    const { faults } = await shop.at((agent) => agent.anchors.checkSegments());
    expect(faults.map(({ code }) => code)).toEqual(['SEGMENT_INVALID', 'SEGMENT_INVALID']);
    expect(faults[1]?.message).toContain('is gone');
  });

  it('are written again as they were begun when a place did not take them, however much was recorded meanwhile', async () => {
    const shop = await open(config);
    await shop.record('first');
    mkdirSync(shop.elsewhere);
    writeFileSync(join(shop.elsewhere, 'segments'), 'in the way');
    const { failures } = await shop.at((agent) => agent.anchors.now());
    expect(failures).toMatchObject([
      { place: 'segments', code: 'ANCHOR_UNREACHABLE', message: expect.stringContaining('cannot be written') },
    ]);
    expect(await shop.at((agent) => agent.anchors.segments())).toEqual([]);
    rmSync(join(shop.elsewhere, 'segments'));
    await shop.record('second', 20);
    await shop.at((agent) => agent.anchors.now());
    const { segments, faults } = await shop.at((agent) => agent.anchors.checkSegments());
    expect(faults).toEqual([]);
    expect(segments[0]).toMatchObject({ from: 0, to: 7 });
    // Without a gap to the end.
    const ranges = [...new Map(segments.map(({ from, to }) => [from, to]))];
    for (const [at, [from]] of ranges.entries()) expect(from).toBe(at === 0 ? 0 : ranges[at - 1]?.[1]);
  });

  it('wait until they are due', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    expect((await shop.at((agent) => agent.anchors.now())).segments).toEqual([]);
    expect((await shop.at((agent) => agent.anchors.now(true))).segments).toHaveLength(3);
  });
});

describe.skipIf(!hasOpenssl)('an authority for time stamps', () => {
  it('stamps what is anchored; the token stands in table, folder and segment, and another one is told', async () => {
    const authority = await startTimeAuthority();
    onTestFinished(() => authority.close());
    const config = ['folder: ELSEWHERE', `timestamp: { url: '${authority.url}', trusted: tsa.pem }`, 'segments: { everyRecords: 7 }'];
    const shop = await open(config, { 'tsa.pem': authority.trusted });
    await shop.record('first');
    const { receipts } = await shop.at((agent) => agent.anchors.now());
    const stamp = receipts.find(({ kind }) => kind === 'timestamp');
    expect(Math.abs(Date.parse(stamp?.time ?? '') - Date.now())).toBeLessThan(60_000);
    const [name = ''] = readdirSync(join(shop.elsewhere, 'timestamps'));
    expect(readFileSync(join(shop.elsewhere, 'timestamps', name)).toString('base64')).toBe(stamp?.evidence);
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true });
    expect((await shop.at((agent) => agent.anchors.checkSegments())).faults).toEqual([]);
    // Trusting somebody else is trusting neither the table nor the segments.
    const other = await startTimeAuthority();
    onTestFinished(() => other.close());
    writeFileSync(join(shop.directory, 'tsa.pem'), other.trusted);
    expect(codes((await shop.at((agent) => agent.anchors.check())).faults)).toEqual(['TIMESTAMP_INVALID']);
    expect(codes((await shop.at((agent) => agent.anchors.checkSegments())).faults)).toEqual(['TIMESTAMP_INVALID']);
  });
});

describe('places that fail', () => {
  it('keep none of the others, and are named with their code', async () => {
    const careless = await startCarelessS3({ echoesLocks: true, hasVersions: true });
    onTestFinished(() => careless.close());
    process.env['ANCHOR_TEST_KEY'] = 'x';
    const store = `objectLock: { kind: s3, bucket: records, endpoint: '${careless.endpoint}', pathStyle: true, keyIdEnv: ANCHOR_TEST_KEY, secretEnv: ANCHOR_TEST_KEY }`;
    const stamp = "timestamp: { url: 'http://127.0.0.1:1/', trusted: tsa.pem }";
    const shop = await open(['folder: ELSEWHERE', store, stamp], { 'tsa.pem': '' });
    await shop.record('first');
    const { receipts, failures } = await shop.at((agent) => agent.anchors.now());
    expect(receipts.map(({ kind }) => kind)).toEqual(['file']);
    expect(failures.map(({ code }) => code)).toEqual(['ANCHOR_UNREACHABLE', 'ANCHOR_NOT_LOCKED']);
    expect(failures[1]?.message).toContain('but an object was deleted');
  });

  it('are named when a secret is not in the environment, or a file is not there', async () => {
    const store = 'objectLock: { kind: azure, container: records, connectionEnv: THERE_IS_NO_SUCH_VARIABLE }';
    const shop = await open([store, "timestamp: { url: 'http://127.0.0.1:1/', trusted: absent.pem }"]);
    await shop.record('first');
    const { failures } = await shop.at((agent) => agent.anchors.now());
    expect(failures.map(({ code }) => code)).toEqual(['CONFIG_INVALID', 'FILE_UNREADABLE']);
    expect(failures[0]?.message).toContain('THERE_IS_NO_SUCH_VARIABLE');
  });
});

describe('the alarm', () => {
  it('is raised when a record waits for longer than it may, by the clock of the agent, and by doctor', async () => {
    const shop = await open(['folder: ELSEWHERE', 'alarmAfterHours: 1']);
    await shop.record('first');
    expect(await shop.at((agent) => agent.anchors.status())).toMatchObject({ size: 6, anchored: 0, isStale: false });
    const yaml = join(shop.directory, 'cohortium.yaml');
    const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    writeFileSync(yaml, readFileSync(yaml, 'utf8').replace(/^clock:.*(\n  .*)*/m, `clock: { kind: simulated, at: ${tomorrow} }`));
    expect(await shop.at((agent) => agent.anchors.status())).toMatchObject({ isStale: true });
    const { checks } = await shop.at((agent) => agent.doctor());
    expect(checks.find(({ name }) => name === 'anchors')).toMatchObject({
      ok: false,
      found: expect.stringContaining('wait for an anchor'),
    });
    expect(codes((await shop.at((agent) => agent.anchors.check())).faults)).toEqual(['ANCHOR_STALE']);
    await shop.at((agent) => agent.anchors.now());
    expect(await shop.at((agent) => agent.anchors.status())).toMatchObject({ anchored: 6, waitingSince: null, isStale: false });
    expect(existsSync(join(shop.elsewhere, 'checkpoints'))).toBe(true);
  });
});

describe('the configuration', () => {
  it.each([
    ['a lock beyond the guard', 'objectLock: { kind: s3, bucket: b, days: 2555 }', '2555 days are more than maxDays (400)'],
    ['one for a class', 'objectLock: { kind: s3, bucket: b, daysOf: { value: 500 } }', '500 days are more than maxDays'],
    ['a class that is none', 'objectLock: { kind: s3, bucket: b, compliance: [everything] }', 'a class of records was expected'],
    ['an address with a password', "objectLock: { kind: s3, bucket: b, endpoint: 'https://u:p@s3.test' }", 'an https address was expected'],
    ['plain http to somebody else', "objectLock: { kind: s3, bucket: b, endpoint: 'http://s3.test' }", 'an https address was expected'],
    ['a witness without a key', "witnesses: [{ url: 'https://w.test', key: w1 }]", 'is no key of a witness'],
    ['an unknown service', 'objectLock: { kind: ftp }', 'objectLock'],
  ])('refuses %s', (_, line, message) => {
    const { error } = anchorsSchema.safeParse(parse(line));
    expect(error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n')).toContain(message);
  });
});
