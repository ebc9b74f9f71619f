/** What one place has never speaks for another: places that are new, emptied, changed, or that remember another history. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { type AnchoredShop, makeAnchoredShop } from '../../../../test/fixtures/anchored-shop.ts';
import { type CarelessServer, startCarelessS3 } from '../../../../test/fixtures/careless-s3.ts';
import { hasOpenssl, startTimeAuthority } from '../../../../test/fixtures/time-authority.ts';
import { anchorsSchema, type LockConfig } from './anchor-config.ts';
import { storeId } from './configured-places.ts';
import { openStore } from './open-store.ts';

process.env['ANCHOR_TEST_KEY'] = 'x';

async function open(anchors: readonly string[], files?: Readonly<Record<string, string>>): Promise<AnchoredShop> {
  const shop = await makeAnchoredShop(anchors, files);
  onTestFinished(() => shop.remove());
  return shop;
}

/** A server that keeps locks, but for whoever runs it. */
async function startStore(): Promise<CarelessServer & { readonly line: string }> {
  const server = await startCarelessS3({ echoesLocks: true, hasVersions: true, keepsLocked: true });
  onTestFinished(() => server.close());
  const line = `objectLock: { kind: s3, bucket: records, prefix: shop, endpoint: '${server.endpoint}', pathStyle: true, keyIdEnv: ANCHOR_TEST_KEY, secretEnv: ANCHOR_TEST_KEY, days: 2 }`;
  return { ...server, line };
}

function edit(shop: AnchoredShop, change: (yaml: string) => string): void {
  const path = join(shop.directory, 'cohortium.yaml');
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

/** Takes what the shop has of its record, and gives back what puts it there again. */
function keepYesterday(shop: AnchoredShop): () => void {
  const files = [join('.cohortium', 'ledger.db'), join('registries', 'attestations', 'checkpoints.txt')];
  for (const [at, file] of files.entries()) copyFileSync(join(shop.directory, file), join(shop.directory, `yesterday-${at}`));
  return () => {
    shop.forget();
    for (const [at, file] of files.entries()) copyFileSync(join(shop.directory, `yesterday-${at}`), join(shop.directory, file));
  };
}

const checkpointsIn = (folder: string): string[] => readdirSync(join(folder, 'checkpoints')).sort();

describe('a place that is new in the configuration', () => {
  it('gets the newest checkpoint when it is another folder, and nothing is said to stand there before', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    const other = `${shop.elsewhere}-2`;
    edit(shop, (yaml) => yaml.replace(shop.elsewhere, other));
    const before = await shop.at(async (agent) => ({
      status: await agent.anchors.status(),
      doctor: (await agent.doctor()).checks.find(({ name }) => name === 'anchors'),
      check: await agent.anchors.check(),
    }));
    expect(before.status).toMatchObject({
      anchored: 0,
      places: [{ name: `folder ${other}`, anchored: 0, waitingSince: expect.any(String) }],
    });
    expect(before.doctor).toMatchObject({ ok: true, found: `0 of 7 records stand outside: folder ${other} has none yet` });
    expect(before.check).toMatchObject({ ok: true, places: [{ place: other, found: 'nothing was put there yet', isEmpty: true }] });
    const run = await shop.at((agent) => agent.anchors.now());
    expect(run).toMatchObject({ isUpToDate: false, receipts: [{ kind: 'file', place: other }] });
    expect(checkpointsIn(other)).toHaveLength(1);
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ isUpToDate: true, receipts: [] });
    const after = await shop.at((agent) => agent.doctor());
    expect(after.checks.find(({ name }) => name === 'anchors')).toMatchObject({
      ok: true,
      found: `7 of 8 records stand outside, the rest is custody: folder ${other} has 7`,
    });
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true, faults: [] });
  });

  it('gets it when it is a bucket beside a folder, or another bucket; the folder is left as it is', async () => {
    const [first, second] = [await startStore(), await startStore()];
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    edit(shop, (yaml) => `${yaml}  ${first.line}\n`);
    expect(await shop.at((agent) => agent.anchors.status())).toMatchObject({
      anchored: 6,
      places: [
        { name: 's3:records/shop', anchored: 0 },
        { name: `folder ${shop.elsewhere}`, anchored: 6, waitingSince: null },
      ],
    });
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({
      failures: [],
      receipts: [{ kind: 'object-lock', place: 's3:records/shop', size: 7 }],
    });
    edit(shop, (yaml) => yaml.replace(first.line, second.line.replace('prefix: shop', 'prefix: moved')));
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ failures: [], receipts: [{ place: 's3:records/moved' }] });
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ isUpToDate: true });
    expect(checkpointsIn(shop.elsewhere)).toHaveLength(1);
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true, faults: [] });
  });

  it.skipIf(!hasOpenssl)(
    'gets it when it is an authority for time stamps, and the token stands at the other places with its checkpoint',
    async () => {
      const authority = await startTimeAuthority();
      onTestFinished(() => authority.close());
      const shop = await open(['folder: ELSEWHERE'], { 'tsa.pem': authority.trusted });
      await shop.record('first');
      await shop.at((agent) => agent.anchors.now());
      edit(shop, (yaml) => `${yaml}  timestamp: { url: '${authority.url}', trusted: tsa.pem }\n`);
      const { receipts, failures } = await shop.at((agent) => agent.anchors.now());
      expect({ kinds: receipts.map(({ kind }) => kind), failures }).toEqual({ kinds: ['timestamp', 'file'], failures: [] });
      expect(readdirSync(join(shop.elsewhere, 'timestamps'))).toHaveLength(1);
      expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ isUpToDate: true, receipts: [] });
    },
  );

  it('is asked when it is a witness, and named when it does not answer', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    const key = 'witness.example/w1+f5f1ad4c+BAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH';
    edit(shop, (yaml) => `${yaml}  witnesses: [{ url: 'http://127.0.0.1:1/', key: '${key}' }]\n`);
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({
      isUpToDate: false,
      receipts: [],
      failures: [{ place: 'http://127.0.0.1:1/', code: 'ANCHOR_UNREACHABLE' }],
    });
  });

  it('is known by the name that its store gives itself', async () => {
    const connection = `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${Buffer.from('key').toString('base64')};EndpointSuffix=core.windows.net`;
    const env = { SECRET: 'x', CONNECTION: connection };
    for (const prefix of ['', 'shop/record']) {
      for (const store of [
        { kind: 's3', bucket: 'b', prefix, keyIdEnv: 'SECRET', secretEnv: 'SECRET' },
        { kind: 'azure', container: 'b', prefix, connectionEnv: 'CONNECTION' },
        { kind: 'gcs', bucket: 'b', prefix, endpoint: 'http://127.0.0.1:1' },
      ]) {
        const config = anchorsSchema.parse({ objectLock: store }).objectLock as LockConfig; // it was just given
        const opened = await openStore(config, '/', env);
        expect(storeId(config)).toBe(opened.id);
        opened.close();
      }
    }
  });
});

describe('what was put at a place', () => {
  it('is missed when a folder was deleted or is not mounted, and is named copy by copy when some are gone', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    for (const word of ['first', 'second']) {
      await shop.record(word);
      await shop.at((agent) => agent.anchors.now());
    }
    const [oldest = ''] = checkpointsIn(shop.elsewhere);
    renameSync(shop.elsewhere, `${shop.elsewhere}-away`);
    for (const isMounted of [false, true]) {
      if (isMounted) mkdirSync(join(shop.elsewhere, 'checkpoints'), { recursive: true });
      const { ok, places, faults } = await shop.at((agent) => agent.anchors.check());
      expect({ ok, places }).toEqual({
        ok: false,
        places: [{ place: shop.elsewhere, found: 'none of the 2 checkpoint(s) that were put there', isEmpty: true }],
      });
      expect(faults).toMatchObject([{ code: 'ANCHOR_UNREACHABLE', message: expect.stringContaining('it was emptied, or is not mounted') }]);
    }
    rmSync(shop.elsewhere, { recursive: true });
    renameSync(`${shop.elsewhere}-away`, shop.elsewhere);
    rmSync(join(shop.elsewhere, 'checkpoints', oldest));
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({
      ok: false,
      faults: [{ code: 'ANCHOR_UNREACHABLE', message: expect.stringContaining(`checkpoints/${oldest} was put there and is gone`) }],
    });
    expect(await shop.at((agent) => agent.verify('deep'))).toMatchObject({ verified: false, faults: [{ code: 'ANCHOR_UNREACHABLE' }] });
  });

  it('is missed when a bucket was emptied underneath, and one by one only while its lock has not ended', async () => {
    const store = await startStore();
    const shop = await open([store.line]);
    const sizes: number[] = [];
    for (const word of ['first', 'second']) {
      await shop.record(word);
      const { receipts, failures } = await shop.at((agent) => agent.anchors.now());
      expect(failures).toEqual([]);
      sizes.push(...receipts.map(({ size }) => size));
    }
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true, faults: [] });
    store.removeUnderneath(`/records/shop/checkpoints/${String(sizes[0]).padStart(12, '0')}`);
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({
      ok: false,
      faults: [{ code: 'ANCHOR_NOT_LOCKED', message: expect.stringMatching(/checkpoints\/0+6-.* is gone, or its lock is/) }],
    });
    const inFourDays = new Date(Date.now() + 4 * 86_400_000).toISOString().slice(0, 10);
    edit(shop, (yaml) => yaml.replace(/^clock:.*(\n  .*)*/m, `clock: { kind: simulated, at: ${inFourDays} }`));
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true, faults: [] });
    // Not even then does a place that has nothing say that it remembers.
    store.removeUnderneath('/records/shop/checkpoints/');
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: false, faults: [{ code: 'ANCHOR_UNREACHABLE' }] });
  });

  it('is not believed by its name: other words in a note are told, in a folder and in a bucket', async () => {
    const store = await startStore();
    const shop = await open(['folder: ELSEWHERE', store.line]);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    const [name = ''] = checkpointsIn(shop.elsewhere);
    const path = join(shop.elsewhere, 'checkpoints', name);
    const honest = readFileSync(path, 'utf8');
    const lines = honest.split('\n');
    const root = Buffer.alloc(32, 7).toString('base64');
    for (const changed of [
      honest.replace('\n6\n', '\n5\n'),
      honest.replace(lines[2] ?? '', root),
      honest.replace('\n6\n', '\n5\n').replace(lines[2] ?? '', root),
      `${honest}and more\n`,
      'not a note',
    ]) {
      writeFileSync(path, changed);
      expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({
        ok: false,
        faults: [{ code: 'LEDGER_SIGNATURE_INVALID', message: expect.stringContaining(`checkpoints/${name}`) }],
      });
    }
    writeFileSync(path, honest);
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true });
    // A version on top of the locked one.
    await fetch(`${store.endpoint}/records/shop/checkpoints/${name}`, { method: 'PUT', body: 'not a note' });
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({
      ok: false,
      faults: [{ code: 'LEDGER_SIGNATURE_INVALID', message: expect.stringContaining('s3:records/shop') }],
    });
  });

  it('is told when an honest checkpoint stands under the name of another', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    for (const word of ['first', 'second']) {
      await shop.record(word);
      await shop.at((agent) => agent.anchors.now());
    }
    const [oldest = '', newest = ''] = checkpointsIn(shop.elsewhere).map((name) => join(shop.elsewhere, 'checkpoints', name));
    copyFileSync(newest, oldest);
    expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({
      ok: false,
      faults: [{ code: 'ANCHOR_NOT_LOCKED', message: expect.stringContaining('which its name does not say') }],
    });
  });
});

describe('a ledger that was put back or written anew', () => {
  const refused = async (shop: AnchoredShop, code: string): Promise<void> => {
    const { faults } = await shop.at((agent) => agent.anchors.check());
    expect(faults.map((fault) => fault.code)).toContain(code);
    const { message } = faults.find((fault) => fault.code === code) ?? {};
    await expect(shop.at((agent) => agent.anchors.now())).rejects.toMatchObject({ code, message });
  };

  it('is anchored nowhere, with the error of the check: an older copy, though it was up to date by its own receipts', async () => {
    const store = await startStore();
    for (const place of ['folder: ELSEWHERE', store.line]) {
      const shop = await open([place]);
      await shop.record('first');
      await shop.at((agent) => agent.anchors.now());
      const putBack = keepYesterday(shop);
      await shop.record('second');
      await shop.at((agent) => agent.anchors.now());
      putBack();
      await refused(shop, 'LEDGER_ROLLED_BACK');
      expect(await shop.at((agent) => agent.anchors.list())).toHaveLength(1);
      store.removeUnderneath('/records/');
    }
  });

  it('is anchored nowhere when its records are gone, or others', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('honest');
    await shop.at((agent) => agent.anchors.now());
    shop.forget();
    await refused(shop, 'LEDGER_ROLLED_BACK');
    await shop.record('forged', 5);
    await refused(shop, 'LEDGER_ROOT_MISMATCH');
    expect(checkpointsIn(shop.elsewhere)).toHaveLength(1);
  });

  it('is anchored nowhere when only checkpoints.txt remembers more', async () => {
    const shop = await open(['folder: ELSEWHERE']);
    await shop.record('first');
    await shop.at((agent) => agent.anchors.now());
    const database = join(shop.directory, '.cohortium', 'ledger.db');
    copyFileSync(database, join(shop.directory, 'yesterday.db'));
    await shop.record('second');
    for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
    copyFileSync(join(shop.directory, 'yesterday.db'), database);
    await expect(shop.at((agent) => agent.anchors.now())).rejects.toMatchObject({ code: 'LEDGER_ROLLED_BACK' });
  });

  it('is anchored nowhere when a witness alone has cosigned more, though nothing is due there', async () => {
    // As c2sp.org/tlog-witness has it of who knows a larger size.
    const witness = createServer((_, response) => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('9000\n'));
    await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void witness.close());
    const address = witness.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
    const key = 'witness.example/w1+f5f1ad4c+BAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH';
    const shop = await open([`witnesses: [{ url: '${url}', key: '${key}' }]`]);
    await shop.record('first');
    await shop.at(async (_, workspace) => {
      const { size, root } = workspace.ledger().checkpoints().at(-1) ?? { size: 0, root: '' };
      workspace.ledger().addAnchor({ size, root, kind: 'witness', place: url, time: null, evidence: '' });
    });
    expect((await shop.at((agent) => agent.anchors.status())).waitingSince).toBeNull();
    await expect(shop.at((agent) => agent.anchors.now())).rejects.toMatchObject({ code: 'LEDGER_ROLLED_BACK' });
  });

  it('is not mistaken for one by what others put at a place', async () => {
    const [shop, other] = [await open(['folder: ELSEWHERE']), await open(['folder: ELSEWHERE'])];
    await other.record('theirs', 9);
    await other.at((agent) => agent.anchors.now());
    const [name = ''] = checkpointsIn(other.elsewhere);
    mkdirSync(join(shop.elsewhere, 'checkpoints'), { recursive: true });
    copyFileSync(join(other.elsewhere, 'checkpoints', name), join(shop.elsewhere, 'checkpoints', name));
    await shop.record('ours');
    expect(await shop.at((agent) => agent.anchors.now())).toMatchObject({ failures: [], receipts: [{ kind: 'file' }] });
  });
});
