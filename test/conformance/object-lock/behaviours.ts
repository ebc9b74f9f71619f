/**
 * What object lock has to mean, as 29 behaviours of a server that speaks S3: each does what a person or a thief would do, and says
 * whether the server answered as it must. Knows nothing of our own store; any server can be put to it.
 */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  type ObjectLockRetentionMode,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';

export interface S3Server {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Finding {
  readonly behaviour: string;
  readonly holds: boolean;
}

/** Long enough that no test outlives it, short enough that a forgotten server is free of it soon. */
const hour = 3_600_000;
const shortMs = 5000;

/** @returns one finding per behaviour, in their order */
export async function observe(server: S3Server): Promise<readonly Finding[]> {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: server.endpoint,
    credentials: server.credentials,
    forcePathStyle: true,
    maxAttempts: 2,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  try {
    const bench = await Bench.make(client);
    const findings: Finding[] = [];
    for (const [behaviour, holds] of Object.entries(behaviours)) {
      findings.push({ behaviour, holds: await holds(bench).catch(() => false) });
    }
    return findings;
  } finally {
    client.destroy();
  }
}

type Behaviour = (bench: Bench) => Promise<boolean>;

/** Compliance is tried first in each pair: it is the one that nothing may lift. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  'a bucket made with object lock has it enabled, and versioning': async (b) => {
    const { ObjectLockConfiguration } = await b.send(new GetObjectLockConfigurationCommand({ Bucket: b.bucket }));
    const { Status } = await b.send(new GetBucketVersioningCommand({ Bucket: b.bucket }));
    return ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled' && Status === 'Enabled';
  },
  'a compliance lock is read back with mode and date': (b) => b.readsBack('COMPLIANCE'),
  'a governance lock is read back with mode and date': (b) => b.readsBack('GOVERNANCE'),
  'a mode without a date is refused': (b) => b.refuses(() => b.put({ mode: 'COMPLIANCE' })),
  'a date without a mode is refused': (b) => b.refuses(() => b.put({ until: b.in(hour) })),
  'a date in the past is refused': (b) => b.refuses(() => b.put({ mode: 'GOVERNANCE', until: b.in(-hour) })),
  'a compliance version is not deleted': (b) => b.refuses(b.deleteOf(lockedIn(b, 'COMPLIANCE'))),
  'a compliance version is not deleted with bypass': (b) => b.refuses(b.deleteOf(lockedIn(b, 'COMPLIANCE'), true)),
  'a compliance lock is not shortened': (b) => b.refuses(b.retainOf(lockedIn(b, 'COMPLIANCE'), 'COMPLIANCE', hour / 2)),
  'a compliance lock is not shortened with bypass': (b) => b.refuses(b.retainOf(lockedIn(b, 'COMPLIANCE'), 'COMPLIANCE', hour / 2, true)),
  'a compliance lock is not made governance': (b) => b.refuses(b.retainOf(lockedIn(b, 'COMPLIANCE'), 'GOVERNANCE', 2 * hour, true)),
  'a compliance lock is not removed': (b) => b.refuses(b.retainOf(lockedIn(b, 'COMPLIANCE'), undefined, 0, true)),
  'a compliance lock is extended': async (b) => {
    const object = await b.put({ mode: 'COMPLIANCE', until: b.in(hour) });
    await b.retain(object, 'COMPLIANCE', 2 * hour, false);
    return (await b.lockOf(object)).until > b.in(hour + 1000).getTime();
  },
  'a governance version is not deleted': (b) => b.refuses(b.deleteOf(lockedIn(b, 'GOVERNANCE'))),
  'a governance version is deleted with bypass': async (b) => {
    const object = await b.put({ mode: 'GOVERNANCE', until: b.in(hour) });
    await b.delete(object, true);
    return !(await b.isThere(object));
  },
  'a governance lock is not shortened': (b) => b.refuses(b.retainOf(lockedIn(b, 'GOVERNANCE'), 'GOVERNANCE', hour / 2)),
  'a governance lock is shortened with bypass': async (b) => {
    const object = await b.put({ mode: 'GOVERNANCE', until: b.in(hour) });
    await b.retain(object, 'GOVERNANCE', hour / 2, true);
    return (await b.lockOf(object)).until < b.in(hour - 1000).getTime();
  },
  'a governance lock is made compliance': async (b) => {
    const object = await b.put({ mode: 'GOVERNANCE', until: b.in(hour / 2) });
    await b.retain(object, 'COMPLIANCE', hour, true);
    return (await b.lockOf(object)).mode === 'COMPLIANCE';
  },
  'an overwrite is another version, and the locked one stays': async (b) => {
    const first = await b.put({ mode: 'COMPLIANCE', until: b.in(hour) });
    const second = await b.put({ key: first.key, text: 'other' });
    return second.version !== first.version && (await b.textOf(first)) === 'first';
  },
  'a delete without a version hides the object, and the locked version stays': async (b) => {
    const object = await b.put({ mode: 'COMPLIANCE', until: b.in(hour) });
    const { DeleteMarker } = await b.send(new DeleteObjectCommand({ Bucket: b.bucket, Key: object.key }));
    const isHidden = await b.refuses(() => b.send(new HeadObjectCommand({ Bucket: b.bucket, Key: object.key })));
    return DeleteMarker === true && isHidden && (await b.textOf(object)) === 'first';
  },
  'a version on hold is not deleted': async (b) => {
    const object = await b.held();
    return b.refuses(() => b.delete(object, false));
  },
  'a version on hold is not deleted with bypass': async (b) => {
    const object = await b.held();
    return b.refuses(() => b.delete(object, true));
  },
  'a version whose hold was lifted is deleted': async (b) => {
    const object = await b.held();
    await b.hold(object, 'OFF');
    await b.delete(object, false);
    return !(await b.isThere(object));
  },
  'a version on hold outlasts its lock': async (b) => {
    await b.expiry();
    return b.refuses(() => b.delete(b.heldShortly, true));
  },
  'a version whose lock has ended is deleted': async (b) => {
    await b.expiry();
    await b.delete(b.lockedShortly, false);
    return !(await b.isThere(b.lockedShortly));
  },
  'the default of the bucket locks what comes without a lock': async (b) => {
    const bucket = await b.another();
    const rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const;
    const configuration = { ObjectLockEnabled: 'Enabled', Rule: rule } as const;
    await b.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration: configuration }));
    const object = await b.put({ bucket });
    const { mode, until } = await b.lockOf(object);
    return mode === 'GOVERNANCE' && until > b.in(20 * hour).getTime() && (await b.refuses(() => b.delete(object, false)));
  },
  'a batch delete leaves locked versions and says so': async (b) => {
    const object = await b.put({ mode: 'COMPLIANCE', until: b.in(hour) });
    const Delete = { Objects: [{ Key: object.key, VersionId: object.version }] };
    const { Errors } = await b.send(new DeleteObjectsCommand({ Bucket: b.bucket, Delete, BypassGovernanceRetention: true }));
    return Errors?.length === 1 && (await b.isThere(object));
  },
  'versioning cannot be suspended': (b) =>
    b.refuses(() => b.send(new PutBucketVersioningCommand({ Bucket: b.bucket, VersioningConfiguration: { Status: 'Suspended' } }))),
  'a key that is there is not written again under If-None-Match': async (b) => {
    const { key } = await b.put({ mode: 'COMPLIANCE', until: b.in(hour) });
    return b.refuses(() => b.send(new PutObjectCommand({ Bucket: b.bucket, Key: key, Body: 'other', IfNoneMatch: '*' })));
  },
};

/** A locked object that the behaviour asks for as its first act. */
function lockedIn(bench: Bench, mode: ObjectLockRetentionMode): Promise<Made> {
  return bench.put({ mode, until: bench.in(hour) });
}

interface Made {
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
}

class Bench {
  readonly bucket: string;
  lockedShortly: Made = { bucket: '', key: '', version: '' };
  heldShortly: Made = this.lockedShortly;
  readonly #client: S3Client;
  #shortEnds = 0;
  #keys = 0;

  private constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.bucket = bucket;
  }

  static async make(client: S3Client): Promise<Bench> {
    const bench = new Bench(client, await lockBucket(client));
    // Locked first, so that their end comes while the rest is tried.
    bench.lockedShortly = await bench.put({ mode: 'COMPLIANCE', until: bench.in(shortMs) });
    bench.heldShortly = await bench.put({ mode: 'COMPLIANCE', until: bench.in(shortMs) });
    await bench.hold(bench.heldShortly, 'ON');
    bench.#shortEnds = Date.now() + shortMs;
    return bench;
  }

  get send(): S3Client['send'] {
    return this.#client.send.bind(this.#client) as S3Client['send']; // bind forgets the overloads
  }

  in(ms: number): Date {
    return new Date(Date.now() + ms);
  }

  another(): Promise<string> {
    return lockBucket(this.#client);
  }

  async put(what: {
    readonly bucket?: string;
    readonly key?: string;
    readonly text?: string;
    readonly mode?: ObjectLockRetentionMode;
    readonly until?: Date;
  }): Promise<Made> {
    const bucket = what.bucket ?? this.bucket;
    const key = what.key ?? `object-${this.#keys++}`;
    const { VersionId = '' } = await this.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: what.text ?? 'first',
        ChecksumAlgorithm: 'SHA256',
        ...(what.mode ? { ObjectLockMode: what.mode } : {}),
        ...(what.until ? { ObjectLockRetainUntilDate: what.until } : {}),
      }),
    );
    return { bucket, key, version: VersionId };
  }

  async held(): Promise<Made> {
    const object = await this.put({});
    await this.hold(object, 'ON');
    return object;
  }

  async hold({ bucket, key, version }: Made, status: 'ON' | 'OFF'): Promise<void> {
    const LegalHold = { Status: status };
    await this.send(
      new PutObjectLegalHoldCommand({ Bucket: bucket, Key: key, VersionId: version, LegalHold, ChecksumAlgorithm: 'SHA256' }),
    );
  }

  async retain({ bucket, key, version }: Made, mode: ObjectLockRetentionMode | undefined, ms: number, bypass: boolean): Promise<void> {
    const Retention = mode ? { Mode: mode, RetainUntilDate: this.in(ms) } : {};
    await this.send(
      new PutObjectRetentionCommand({
        Bucket: bucket,
        Key: key,
        VersionId: version,
        Retention,
        BypassGovernanceRetention: bypass,
        ChecksumAlgorithm: 'SHA256',
      }),
    );
  }

  retainOf(made: Promise<Made>, mode: ObjectLockRetentionMode | undefined, ms: number, bypass = false): () => Promise<void> {
    return async () => this.retain(await made, mode, ms, bypass);
  }

  async delete({ bucket, key, version }: Made, bypass: boolean): Promise<void> {
    await this.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: version, ...(bypass ? { BypassGovernanceRetention: true } : {}) }),
    );
  }

  deleteOf(made: Promise<Made>, bypass = false): () => Promise<void> {
    return async () => this.delete(await made, bypass);
  }

  async lockOf({ bucket, key, version }: Made): Promise<{ readonly mode: string | undefined; readonly until: number }> {
    const found = await this.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
    return { mode: found.ObjectLockMode, until: found.ObjectLockRetainUntilDate?.getTime() ?? 0 };
  }

  async textOf({ bucket, key, version }: Made): Promise<string | undefined> {
    const { Body } = await this.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
    return Body?.transformToString();
  }

  async isThere(object: Made): Promise<boolean> {
    return !(await this.refuses(() => this.lockOf(object)));
  }

  async readsBack(mode: ObjectLockRetentionMode): Promise<boolean> {
    const until = this.in(hour);
    const found = await this.lockOf(await this.put({ mode, until }));
    return found.mode === mode && Math.abs(found.until - until.getTime()) < 1000;
  }

  /** An answer of 4xx is a refusal; a server that breaks has not refused. */
  async refuses(attempt: () => Promise<unknown>): Promise<boolean> {
    try {
      await attempt();
      return false;
    } catch (error) {
      const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } }; // every error of the SDK has it
      const status = $metadata?.httpStatusCode ?? 0;
      if (status >= 400 && status < 500) return true;
      throw error;
    }
  }

  /** Until the short locks have ended by the server's clock, which is this machine's. */
  async expiry(): Promise<void> {
    const left = this.#shortEnds + 1500 - Date.now();
    if (left > 0) await new Promise((next) => setTimeout(next, left));
  }
}

let buckets = 0;

/** Makes a bucket with object lock. */
export async function lockBucket(client: S3Client): Promise<string> {
  const Bucket = `lock-${process.pid}-${Date.now()}-${buckets++}`;
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return Bucket;
}
