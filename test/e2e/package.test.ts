/**
 * The package as it would be published: built, packed, unpacked beside nothing but its declared dependencies, and used with plain
 * node. Dependencies are linked from this repository, so nothing is fetched.
 */
import { globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { IngestReport, RunReport, ValueAnswer } from '../../agents/customer-data-graph/interface.ts';
import type { QuickstartReport } from '../../agents/customer-data-graph/quickstart/report-type.ts';
import { cohortiumJson, type Finished, repositoryRoot, runCommand, temporaryFolder } from './command-line.ts';

interface Manifest {
  readonly version: string;
  readonly bin: { readonly cohortium: string };
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const consumer = temporaryFolder();
const installed = join(consumer, 'node_modules', 'cohortium');
let manifest: Manifest;

async function must(command: string, parameters: readonly string[]): Promise<Finished> {
  const finished = await runCommand(command, parameters);
  if (finished.status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${finished.stdout}\n${finished.stderr}`);
  return finished;
}

/** The JSON answer of the installed command, run with plain node. */
async function answer<Document>(...parameters: readonly string[]): Promise<Document> {
  const { stdout } = await must(process.execPath, [join(installed, manifest.bin.cohortium), ...parameters, '--json']);
  return JSON.parse(stdout) as Document; // the caller names the documented shape
}

beforeAll(async () => {
  await must('npm', ['run', 'build']);
  await must('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer]);
  const tarball = readdirSync(consumer).find((file) => file.endsWith('.tgz')) ?? 'none';
  mkdirSync(installed, { recursive: true });
  await must('tar', ['-xzf', join(consumer, tarball), '-C', installed, '--strip-components=1']);
  manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest; // our own package.json
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(consumer, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(repositoryRoot, 'node_modules', name), link, 'dir');
  }
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
});

describe('the packed files', () => {
  it('hold the licence, the readme, the changelog, and built code only', () => {
    const files = globSync('**/*', { cwd: installed });
    for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) expect(files).toContain(file);
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$|^test|\.db$/.test(file) && !file.endsWith('.test.yaml'))).toEqual([]);
  });

  it('hold every query, policy and template file that the source has', () => {
    const assets = globSync('{agents,skills,registries,orchestrator,mcp-server}/**/*.{sql,cedar,cedarschema,yaml}', {
      cwd: repositoryRoot,
    });
    expect(assets.length).toBeGreaterThan(20);
    for (const asset of assets) {
      expect(readFileSync(join(installed, 'dist', asset), 'utf8'), asset).toBe(readFileSync(join(repositoryRoot, asset), 'utf8'));
    }
  });
});

describe('the installed package', () => {
  it('imports by each of its names', async () => {
    const names = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'));
    const script = join(consumer, 'imports.js');
    writeFileSync(
      script,
      `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import('cohortium' + name.slice(1))).length > 0);\n`,
    );
    const { stdout } = await must(process.execPath, [script]);
    expect(stdout.trim().split('\n')).toEqual(names.map((name) => `${name} true`));
  });

  it('has declarations that a strict TypeScript project can use', async () => {
    writeFileSync(
      join(consumer, 'skill.ts'),
      [
        "import { type CustomerDataGraph, openAgent } from 'cohortium';",
        "import { bgNbd, fitTiming } from 'cohortium/clv';",
        "import { type SkillDefinition, sha256 } from 'cohortium/skills/sdk';",
        'export const open: (directory: string) => Promise<CustomerDataGraph> = (directory) => openAgent(directory);',
        "export const digest: string = sha256('a');",
        'export const rate: number = fitTiming(bgNbd, { x: [1], tx: [2], T: [3] }, { prior: { sd: 1 } }).params.r;',
        'export const idOf = (skill: SkillDefinition): string => skill.id;',
        '// @ts-expect-error a number is no directory: the types are there and are checked',
        'export const wrong = openAgent(1);',
        '',
      ].join('\n'),
    );
    const options = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, types: [] };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['skill.ts'] }));
    const tsc = join(repositoryRoot, 'node_modules', '.bin', 'tsc');
    const checked = await runCommand(tsc, ['-p', consumer]);
    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });

  it('goes from an empty folder to a value with plain node', async () => {
    const directory = join(consumer, 'shop');
    const { stdout } = await must(process.execPath, [join(installed, manifest.bin.cohortium), '--version']);
    expect(stdout.trim()).toBe(manifest.version);
    await answer('init', directory);
    const { files } = await answer<{ readonly files: readonly string[] }>('simulate', '--customers', '300', '--dir', directory);
    const file = (name: string): string => files.find((path) => path.endsWith(name)) ?? name;
    const transactions = await answer<IngestReport>('ingest', file('.csv'), '--map', file('map.yaml'), '--dir', directory);
    expect(transactions.accepted).toBeGreaterThan(1000);
    expect(transactions.accepted + transactions.duplicates + transactions.quarantined).toBe(transactions.lines);
    await answer('ingest', file('.jsonl'), '--dir', directory);
    const run = await answer<RunReport>('run', 'pipelines/clv.yaml', '--as-of', '2025-12-31', '--dir', directory);
    expect(run.status).toBe('completed');
    const value = await answer<ValueAnswer>('score', 'c003', '--dir', directory);
    expect(value.value?.clvMinor).toBeGreaterThan(0);
    expect(await answer('verify', '--dir', directory)).toMatchObject({ verified: true });
    expect(await answer('lint', '--dir', directory)).toMatchObject({ ok: true });
    expect(await answer('test', '--dir', directory)).toMatchObject({ failed: 0 });
    expect(await answer('doctor', '--dir', directory)).toMatchObject({ ok: true });
  });

  it('gives the same quickstart as the source, bit for bit', async () => {
    const withoutPlace = ({ seconds: _seconds, directory: _directory, ...rest }: QuickstartReport): unknown => rest;
    const quickstart = (place: string): string[] => ['quickstart', '--customers', '300', '--out', join(consumer, place)];
    const built = await answer<QuickstartReport>(...quickstart('built'));
    expect(withoutPlace(built)).toEqual(withoutPlace(await cohortiumJson<QuickstartReport>(quickstart('source'))));
  });
});
