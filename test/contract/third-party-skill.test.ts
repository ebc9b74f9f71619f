import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const name = 'cohortium-skill-repeat-rate';
const scratch = mkdtempSync(join(tmpdir(), 'third-party-'));
const packed = pack();

interface Answer {
  readonly state?: string;
  readonly steps?: readonly (readonly [string, string, unknown])[];
  readonly identical?: boolean;
  readonly claims?: readonly { readonly name: string; readonly ok: boolean; readonly message: string }[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** The tarball that `npm publish` would upload. */
function pack(): string {
  const fixture = join(root, 'test', 'fixtures', 'third-party-skill');
  must('npm', ['pack', fixture, '--pack-destination', scratch, '--ignore-scripts'], scratch);
  const tarball = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  return join(scratch, tarball);
}

function must(command: string, given: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, given, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${given.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

let directory = '';

/** Installs the tarball as npm would: its files under node_modules, the peer dependency beside it. */
beforeEach(() => {
  directory = mkdtempSync(join(scratch, 'operator-'));
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  must('tar', ['-xzf', packed, '-C', modules], scratch);
  renameSync(join(modules, 'package'), join(modules, name));
  symlinkSync(root, join(modules, 'cohortium'), 'dir');
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
});
afterAll(() => rmSync(scratch, { recursive: true }));

function load(packageName = name): Answer {
  const script = join(import.meta.dirname, 'third-party-run.ts');
  const out = must(process.execPath, ['--conditions=cohortium-source', script, directory, packageName], directory);
  return JSON.parse(out) as Answer; // printed by that script
}

function replaceInSkill(before: string, after: string): void {
  const file = join(directory, 'node_modules', name, 'skill.js');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(before);
  writeFileSync(file, text.replace(before, after));
}

describe('a skill that is installed as a package', () => {
  it('runs in a pipeline behind a built-in skill, and replays bit for bit', () => {
    const { state, steps, identical } = load();
    expect(state).toBe('completed');
    expect(steps?.at(-1)).toEqual(['repeat', 'completed', { repeatCustomers: 2, repeatRate: 0.4 }]);
    expect(identical).toBe(true);
  });

  it('passes the contract kit', () => {
    const claims = load().claims ?? [];
    expect(claims.length).toBeGreaterThan(5);
    expect(claims.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('imports nothing but the SDK', () => {
    const text = readFileSync(join(directory, 'node_modules', name, 'skill.js'), 'utf8');
    expect([...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from)).toEqual(['cohortium/skills/sdk']);
  });

  it('is locked by the digest of its files at first, and refused once they change', () => {
    expect(load().error).toBeUndefined();
    const locked = JSON.parse(readFileSync(join(directory, 'skills.lock.json'), 'utf8')) as Record<string, unknown>;
    expect(locked[name]).toMatchObject({ version: '1.0.0' });
    expect(load().error).toBeUndefined();
    appendFileSync(join(directory, 'node_modules', name, 'skill.js'), '\n// changed\n');
    expect(load().error).toMatchObject({ code: 'SKILL_LOCK_MISMATCH', message: expect.stringContaining(name) });
    writeFileSync(join(directory, 'skills.lock.json'), '{ cut off');
    expect(load().error).toMatchObject({ code: 'SKILL_LOCK_MISMATCH', message: expect.stringContaining('cannot be read') });
    rmSync(join(directory, 'skills.lock.json'));
    expect(load().error).toBeUndefined();
  });

  it('is refused when it is written for another contract, and is not locked then', () => {
    replaceInSkill('contract: 1', 'contract: 2');
    expect(load().error).toMatchObject({ code: 'SKILL_INVALID', message: expect.stringContaining('contract 2 is not 1') });
    expect(readdirSync(directory)).not.toContain('skills.lock.json');
  });

  it('is refused when it takes the id of an installed skill', () => {
    replaceInSkill("id: 'repeat-rate',\n  version", "id: 'five-accounts',\n  version");
    expect(load().error).toMatchObject({ code: 'SKILL_INVALID', message: expect.stringContaining('exists already') });
  });

  it('is refused when the package exports something else, or cannot be loaded', () => {
    const file = join(directory, 'node_modules', name, 'skill.js');
    writeFileSync(file, 'export default 1;\n');
    expect(load().error).toMatchObject({ code: 'SKILL_INVALID', message: expect.stringContaining('no skill as its default export') });
    writeFileSync(file, "import 'not-installed';\n");
    expect(load().error).toMatchObject({ code: 'SKILL_INVALID', message: expect.stringContaining('could not be loaded') });
  });

  it('is named with what to do when it is not installed', () => {
    expect(load('cohortium-skill-absent').error).toEqual({
      code: 'SKILL_NOT_FOUND',
      message: expect.stringContaining("run 'npm install cohortium-skill-absent' there"),
    });
  });
});
