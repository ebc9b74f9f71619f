import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { operatorPaths } from '../config.ts';
import { addPerson } from '../govern/models/people.ts';
import { initOperatorDirectory, openAgent } from '../index.ts';
import type { CustomerDataGraph } from '../interface.ts';
import { releaseReserve, reservedBytes } from './ledger-reserve.ts';

const directory = join(mkdtempSync(join(tmpdir(), 'cohortium-reserve-')), 'shop');
const paths = operatorPaths(directory);
let agent: CustomerDataGraph;

beforeAll(async () => {
  await initOperatorDirectory(directory);
  addPerson(paths, 'jane', undefined, 0);
  agent = await openAgent(directory);
});

afterAll(async () => {
  await agent.close();
  rmSync(join(directory, '..'), { recursive: true });
});

// What it does on a disk that is full is shown in test/crash.
describe('an override', () => {
  it('gives nothing back where the disk is not full, and nothing where no room is kept', async () => {
    const request = { person: 'jane', reason: 'in a hurry' };
    const kept = reservedBytes(paths.state);
    expect(kept).toBeGreaterThan(0);
    await expect(agent.ledger.override(request)).rejects.toThrow(/has \d+ bytes free; nothing was given back/);
    expect(reservedBytes(paths.state)).toBe(kept);
    releaseReserve(paths.state);
    await expect(agent.ledger.override(request)).rejects.toThrow('no room is kept');
  });

  it('is for who is in the registry, with a reason', async () => {
    await expect(agent.ledger.override({ person: 'nobody', reason: 'x' })).rejects.toMatchObject({ code: 'PERSON_NOT_FOUND' });
    await expect(agent.ledger.override({ person: 'jane', reason: ' ' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});
