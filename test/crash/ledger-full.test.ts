/**
 * A full disk: records are refused as a whole, nothing that was acknowledged is lost, and nothing is handed on unrecorded. A person can
 * let the agent go on in the room that is kept for it, and that is on record.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { operatorPaths } from '../../agents/customer-data-graph/config.ts';
import { addPerson } from '../../agents/customer-data-graph/govern/models/people.ts';
import { initOperatorDirectory, openAgent, simulateInto } from '../../agents/customer-data-graph/index.ts';
import { type Acknowledgment, appendCall, missingOf, openCrashLedger } from '../fixtures/crash-ledger.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-full-'));
const mounted: string[] = [];
afterAll(() => {
  for (const disk of mounted) spawnSync('umount', ['-l', disk]);
  rmSync(folder, { recursive: true, force: true });
});

/** A disk of so many MiB, where one can be mounted. */
function smallDisk(name: string, sizeMib: number): { readonly disk: string; readonly isMounted: boolean } {
  const disk = join(folder, name);
  mkdirSync(disk);
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', disk]).status === 0;
  if (isMounted) mounted.push(disk);
  return { disk, isMounted };
}

function fill(disk: string, leftKib: number): string {
  const { bavail, bsize } = statfsSync(disk);
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - leftKib * 1024, 1));
  return ballast;
}

describe('a ledger on a disk that is full', () => {
  it('refuses records, loses none, and takes the same call when there is room', async (context) => {
    const { disk, isMounted } = smallDisk('ledger', 6);
    if (!isMounted) context.skip('a small disk can only be mounted by root on Linux');
    const ballast = fill(disk, 3500);
    const open = openCrashLedger(disk);
    const told: Acknowledgment[] = [];
    let refused = -1;
    for (let call = 0; refused === -1; call++) {
      try {
        told.push(await appendCall(open, call));
      } catch (error) {
        expect(error).toMatchObject({ code: 'STORE_FULL' });
        refused = call;
      }
    }
    expect(told.length).toBeGreaterThan(10);
    // Again and again, and from another process: nothing half-written, and nothing of the refused call.
    await expect(appendCall(open, refused)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(open.ledger.verify()).toMatchObject({ faults: [], size: told.at(-1)?.size });
    for (const one of told.slice(-20)) expect(missingOf(open, one)).toEqual([]);
    await open.close();

    rmSync(ballast);
    const again = openCrashLedger(disk);
    expect(again.ledger.verify()).toMatchObject({ faults: [], size: told.at(-1)?.size });
    expect(missingOf(again, await appendCall(again, refused))).toEqual([]);
    expect(await appendCall(again, 0)).toEqual(told[0]);
    expect(again.ledger.verify()).toMatchObject({ verified: true });
    await again.close();
  });
});

describe('an agent on a disk that is full', () => {
  it('hands nothing on, until a person lets it go on and is on record for it', async (context) => {
    const { disk, isMounted } = smallDisk('agent', 96);
    if (!isMounted) context.skip('a small disk can only be mounted by root on Linux');
    const directory = join(disk, 'shop');
    await initOperatorDirectory(directory, { merchant: 'Full', currency: 'EUR', demonstration: true });
    const config = join(directory, 'cohortium.yaml');
    writeFileSync(config, `${readFileSync(config, 'utf8')}\nledger: { reserveMb: 40 }\n`);
    // For analytics, because so few customers calibrate nothing that a tier or an offer could rest on.
    for (const file of ['registries/subscribers/loyalty-desk.yaml', 'registries/subscribers/offers.yaml', 'pipelines/clv.yaml']) {
      const path = join(directory, file);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/tier-assignment|offer-eligibility/g, 'analytics'));
    }
    await simulateInto(join(directory, 'data'), { seed: 'full', customers: 120, months: 12 });
    const run = { pipeline: 'pipelines/clv.yaml', asOf: '2024-12-31' };
    const received = join(directory, '.cohortium', 'received');

    addPerson(operatorPaths(directory), 'jane', undefined, 0);
    const agent = await openAgent(directory);
    await agent.ingest({ file: join(directory, 'data', 'transactions.csv'), map: join(directory, 'data', 'map.yaml') });
    fill(disk, 300);
    const outcome = await agent.run(run).then(
      (report) => report.error?.code ?? report.status,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
    expect(outcome).toBe('STORE_FULL');
    expect(existsSync(received)).toBe(false);
    await expect(agent.ledger.override({ person: 'jane', reason: ' ' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.ledger.override({ person: 'nobody', reason: 'x' })).rejects.toMatchObject({ code: 'PERSON_NOT_FOUND' });
    await agent.close();

    const allowed = await openAgent(directory);
    const { index, freedBytes } = await allowed.ledger.override({ person: 'jane', reason: 'offers go out at nine' });
    expect(freedBytes).toBe(40_000_000);
    expect((await allowed.proof(index)).record).toMatchObject({ kind: 'override' });
    expect(await allowed.run(run)).toMatchObject({ status: 'completed' });
    expect(existsSync(received)).toBe(true);
    expect(await allowed.verify()).toMatchObject({ verified: true });
    // There is no second room.
    await expect(allowed.ledger.override({ person: 'jane', reason: 'again' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await allowed.close();
  });
});
