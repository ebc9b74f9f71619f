/**
 * A witness whose judgement is not ours: notes and proofs checked by golang.org/x/mod, cosignatures by transparency-dev/formats, over a real
 * ledger. Built with Go through the module proxy; where that cannot be, it says so and skips.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, it } from 'vitest';

import { openKeyring } from '../../../agents/adapters/keys/keyring.ts';
import { hashLeaf, rootOfLeaves, consistencyPath, subtreesOf } from '../../../agents/adapters/sqlite/ledger/merkle.ts';
import { signCheckpoint } from '../../../agents/adapters/sqlite/ledger/note.ts';
import { askWitness } from '../../../agents/adapters/witness/ask-witness.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'witness-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const keyring = openKeyring(join(folder, 'keys'));

async function build(): Promise<string | undefined> {
  const program = join(folder, 'witness');
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-trimpath' };
  for (const go of ['go', '/usr/local/go/bin/go']) {
    try {
      await run(go, ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'server'), env, timeout: 120_000 });
      return program;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      process.stderr.write(
        `skipped: the witness cannot be built: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}\n`,
      );
      return undefined;
    }
  }
  process.stderr.write('skipped: there is no Go to build the witness with\n');
  return undefined;
}

const program = await build();

/** One witness of its own per test, with nothing remembered. */
async function start(): Promise<{ readonly url: string; readonly key: string }> {
  const child: ChildProcess = spawn(program ?? '', [keyring.verifierKey], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', (said: Buffer) => resolve(said.toString().trim())));
  const [address = '', key = ''] = line.split(' ');
  return { url: `http://${address}`, key };
}

const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Checkpoints of a ledger of so many leaves, of one history or another. */
function history(name: string) {
  const hashes = Array.from({ length: 700 }, (_, at) => hashLeaf(Buffer.from(`${name} ${at}`)));
  return (size: number, lastSize: number) => ({
    size,
    note: signCheckpoint(keyring, size, rootOfLeaves(hashes.slice(0, size))).note,
    lastSize,
    prove: (from: number) => consistencyPath(from, size, subtreesOf(hashes.slice(0, size))),
  });
}

describe.skipIf(program === undefined)('a witness', () => {
  it('cosigns every growth of a ledger, whatever we remember of it', async () => {
    const witness = { ...(await start()), timeoutMs: 10_000 };
    const at = history('honest');
    let last = 0;
    for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 512, 699]) {
      // Every other time with a size that we remember wrongly: it says which is right.
      const { note, time } = await askWitness(witness, at(size, size % 2 === 0 ? last : 0));
      expect(note).toMatch(/\n— witness\.example\/w1 \S+\n$/u);
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
      last = size;
    }
    // The same checkpoint again is cosigned again.
    expect((await askWitness(witness, at(699, 699))).note).toContain('witness.example/w1');
  });

  it('refuses a history that was written anew, though the key of the ledger signed it', async () => {
    const witness = { ...(await start()), timeoutMs: 10_000 };
    await askWitness(witness, history('honest')(300, 0));
    const forged = history('forged');
    for (const size of [300, 301, 600]) {
      await expect(askWitness(witness, forged(size, 300))).rejects.toMatchObject({
        code: 'WITNESS_REFUSED',
        message: expect.stringContaining('has cosigned another history of 300 records'),
      });
    }
    await expect(askWitness(witness, forged(200, 200))).rejects.toMatchObject({ code: 'LEDGER_ROLLED_BACK' });
  });

  it('does not know another ledger', async () => {
    const witness = { ...(await start()), timeoutMs: 10_000 };
    const other = openKeyring(join(folder, 'other-keys'));
    const note = signCheckpoint(other, 1, hashLeaf(Buffer.from('x'))).note;
    await expect(askWitness(witness, { size: 1, note, lastSize: 0, prove: () => [] })).rejects.toMatchObject({
      code: 'WITNESS_REFUSED',
      message: expect.stringContaining('does not know this ledger'),
    });
  });
});
