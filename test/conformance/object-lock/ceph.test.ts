/** Object lock on a real server: what it enforces, and what our store makes of it. */
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { OpenLockStore } from '../../../agents/adapters/object-lock/lock-store.ts';
import { openS3Store } from '../../../agents/adapters/object-lock/s3-store.ts';
import { makeAnchoredShop } from '../../fixtures/anchored-shop.ts';
import { startCeph } from '../../fixtures/ceph/start-ceph.ts';
import { lockBucket, observe } from './behaviours.ts';

const ceph = await startCeph();
const server = 'missing' in ceph ? undefined : ceph;
afterAll(() => server?.stop());

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

describe.skipIf(!server)('the gateway of Ceph', () => {
  let store: OpenLockStore;
  let bucket = '';
  let client: S3Client;
  const optionsFor = (name: string) => ({
    bucket: name,
    prefix: 'shop',
    region: 'us-east-1',
    endpoint: server?.endpoint,
    pathStyle: true,
    credentials: server?.credentials,
  });
  beforeAll(async () => {
    client = new S3Client({
      region: 'us-east-1',
      endpoint: server?.endpoint ?? '',
      forcePathStyle: true,
      credentials: server?.credentials ?? { accessKeyId: '', secretAccessKey: '' },
    });
    bucket = await lockBucket(client);
    store = await openS3Store(optionsFor(bucket));
  });
  afterAll(() => {
    store.close();
    client.destroy();
  });

  it('has 28 of 29 behaviours: it does not know If-None-Match', async () => {
    const findings = server ? await observe(server) : [];
    expect(findings).toHaveLength(29);
    expect(findings.filter(({ holds }) => !holds).map(({ behaviour }) => behaviour)).toEqual([
      'a key that is there is not written again under If-None-Match',
    ]);
  });

  it('locks what our store puts, in both modes, and stands the trial', async () => {
    for (const mode of ['governance', 'compliance'] as const) {
      const until = inHours(1);
      const put = await store.put({ key: `checkpoints/${mode}`, bytes: Buffer.from(mode), mode, until });
      expect(put).toMatchObject({ mode, isHeld: false });
      expect(Date.parse(put.until) - Date.parse(until)).toBeGreaterThanOrEqual(0);
      expect(Date.parse(put.until) - Date.parse(until)).toBeLessThan(1000);
      expect(Buffer.from(await store.read(`checkpoints/${mode}`, put.version)).toString()).toBe(mode);
      await store.prove(mode, Date.now());
    }
  });

  it('takes the same bytes again as the object that is there, and other bytes as a version beside it', async () => {
    const object = { key: 'segments/1', bytes: Buffer.from('one'), mode: 'governance', until: inHours(1) } as const;
    const first = await store.put(object);
    expect(await store.put({ ...object, until: inHours(0.5) })).toEqual(first);
    // Where If-None-Match is unknown, the lock is on the version and not on the name.
    const other = await store.put({ ...object, bytes: Buffer.from('two') });
    expect(other.version).not.toBe(first.version);
    expect(Buffer.from(await store.read('segments/1', first.version)).toString()).toBe('one');
    expect((await store.list('segments/')).map(({ version }) => version).toSorted()).toEqual([first.version, other.version].toSorted());
  });

  it('extends a lock and never shortens it, holds and releases', async () => {
    const { version } = await store.put({ key: 'segments/2', bytes: Buffer.from('x'), mode: 'governance', until: inHours(1) });
    const longer = await store.extend('segments/2', version, inHours(2));
    expect(Date.parse(longer.until)).toBeGreaterThan(Date.now() + 1.9 * 3_600_000);
    await expect(store.extend('segments/2', version, inHours(1))).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED' });
    expect(await store.hold('segments/2', version, true)).toMatchObject({ isHeld: true });
    expect(await store.hold('segments/2', version, false)).toMatchObject({ isHeld: false });
  });

  it('is refused with a bucket that was made without object lock', async () => {
    const plain = `plain-${process.pid}-${Date.now()}`;
    await client.send(new CreateBucketCommand({ Bucket: plain }));
    const unlocked = await openS3Store(optionsFor(plain));
    await expect(unlocked.put({ key: 'a', bytes: Buffer.from('a'), mode: 'governance', until: inHours(1) })).rejects.toMatchObject({
      code: 'ANCHOR_NOT_LOCKED',
      message: `the bucket ${plain} was made without object lock`,
    });
    unlocked.close();
  });

  it('says of a bucket that is not there, and of a date in the past, what the server said', async () => {
    const nowhere = await openS3Store(optionsFor('there-is-no-such-bucket'));
    const object = { key: 'a', bytes: Buffer.from('a'), mode: 'governance', until: inHours(1) } as const;
    await expect(nowhere.put(object)).rejects.toMatchObject({
      code: 'ANCHOR_UNREACHABLE',
      message: expect.stringContaining('answered 404 (NoSuchBucket)'),
    });
    nowhere.close();
    await expect(store.put({ ...object, until: inHours(-1) })).rejects.toMatchObject({
      code: 'ANCHOR_UNREACHABLE',
      message: expect.stringContaining('answered 400'),
    });
  });

  it('binds users of the API and not who runs the storage, and says so', async () => {
    const { version } = await store.put({ key: 'segments/3', bytes: Buffer.from('x'), mode: 'compliance', until: inHours(1) });
    await server?.removeUnderneath(bucket, 'shop/segments/3', version);
    expect(await store.readBack('segments/3', version)).toBeUndefined();
    expect(store.binds.compliance).toContain('who runs the storage');
  });

  describe('under the record', () => {
    const anchors = (more: readonly string[] = []): readonly string[] => [
      `objectLock: { kind: s3, bucket: ${bucket}, prefix: record, endpoint: '${server?.endpoint}', pathStyle: true, keyIdEnv: CEPH_TEST_KEY, secretEnv: CEPH_TEST_SECRET, days: 1, compliance: [system-log] }`,
      ...more,
    ];
    beforeAll(() => {
      process.env['CEPH_TEST_KEY'] = server?.credentials.accessKeyId ?? '';
      process.env['CEPH_TEST_SECRET'] = server?.credentials.secretAccessKey ?? '';
    });

    it('tells a forged history, though every key of this machine signed it and the objects were hidden', async () => {
      const shop = await makeAnchoredShop(anchors(['segments: { everyRecords: 7 }']));
      try {
        await shop.record('honest');
        const { receipts, segments, failures } = await shop.at((agent) => agent.anchors.now());
        expect(failures).toEqual([]);
        expect(receipts).toMatchObject([{ kind: 'object-lock', size: 6 }]);
        expect(segments.map(({ class: name, lock }) => [name, lock?.mode])).toEqual([
          ['calibration-report', 'governance'],
          ['system-log', 'compliance'],
          ['value', 'governance'],
        ]);
        expect(await shop.at((agent) => agent.anchors.check())).toMatchObject({ ok: true });
        expect(await shop.at((agent) => agent.anchors.checkSegments())).toMatchObject({ faults: [] });
        // With the credentials of the bucket, too: what can be deleted is deleted, and what is left is hidden.
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'record/' }));
        for (const { Key = '' } of Contents) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
        expect((await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'record/' }))).KeyCount).toBe(0);
        shop.forget();
        await shop.record('forged', 5);
        expect(await shop.at((agent) => agent.verify())).toMatchObject({ verified: true });
        const { ok, faults } = await shop.at((agent) => agent.anchors.check());
        expect(ok).toBe(false);
        expect(faults).toMatchObject([{ code: 'LEDGER_ROOT_MISMATCH' }]);
      } finally {
        shop.remove();
      }
    });

    it('mirrors a legal hold onto the objects with bodies of the person, and onto no others', async () => {
      const more = ['segments: { everyRecords: 7, content: { value: bodies } }'];
      const shop = await makeAnchoredShop(anchors(more).map((line) => line.replace('prefix: record', 'prefix: held')));
      try {
        await shop.record('first');
        await shop.at((agent) => agent.anchors.now());
        const held = await shop.at(async ({ anchors: door }, workspace) => {
          const kids = workspace
            .vault()
            .entriesOf('customer-1')
            .map(({ kid }) => kid);
          return { first: await door.mirrorHolds(kids), again: await door.mirrorHolds(kids), lifted: await door.mirrorHolds([]) };
        });
        expect(held).toEqual({
          first: [expect.stringMatching(/\.value\.clvseg\.zst$/)],
          again: [],
          lifted: [expect.stringMatching(/\.value\.clvseg\.zst$/)],
        });
      } finally {
        shop.remove();
      }
    });
  });
});
