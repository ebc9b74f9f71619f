/** docs/how-to/keep-keys.md: its commands as printed, in their order, and its configuration as the agent reads it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { handoverText } from '../../agents/adapters/keys/key-history.ts';
import { passphraseVariable } from '../../agents/adapters/keys/person-passphrase.ts';
import { keysConfigSchema } from '../../agents/customer-data-graph/keys/keys-config.ts';
import { actsConfigSchema } from '../../agents/customer-data-graph/record/act-config.ts';
import { attestRecords } from '../../agents/customer-data-graph/record/attest-records.ts';
import { openWorkspace } from '../../agents/customer-data-graph/workspace.ts';
import { realCli } from '../fixtures/real-cli.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'keep-keys.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

describe('the page on keys', () => {
  it('has configuration that the agent reads', () => {
    const isActs = (block: string): boolean => block.startsWith('acts:');
    const [acts] = blocks('yaml').filter(isActs);
    expect(actsConfigSchema.parse((parse(acts ?? '') as { readonly acts: unknown }).acts)).toMatchObject({ personalHand: true });
    const settings = blocks('yaml')
      .filter((block) => !isActs(block))
      .map((block) => keysConfigSchema.parse((parse(block) as { readonly keys: unknown }).keys));
    expect(settings).toMatchObject([
      { protect: { by: 'passphrase' } },
      { protect: { by: 'age', recipients: [expect.stringMatching(/^age1/)] } },
      { vault: { by: 'aws-kms' }, checkpoint: { by: 'pkcs11' } },
    ]);
  });

  it('has commands that work in their order, the loss of the key folder between them', async () => {
    const home = mkdtempSync(join(tmpdir(), 'cohortium-keep-keys-'));
    const shop = join(home, 'shop');
    const run = async (line: string, cwd = shop): Promise<string> => {
      const { exitCode, out, err } = await realCli(line, cwd);
      expect(exitCode, `${line}\n${out}${err}`).toBe(0);
      return out;
    };
    await run(`cohortium init ${shop} --currency EUR`, home);
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    writeFileSync(join(shop, 'safe.txt'), `${identity}\n`);
    const lines = blocks('sh')
      .flatMap((block) => block.split('\n'))
      .filter((line) => line.startsWith('cohortium '))
      .map((line) => line.replace('age1…', recipient));
    expect(lines.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
      'keys list',
      'keys escrow',
      'keys recover',
      'verify --level',
      'keys rotate',
      'keys rotate',
      'keys rotate',
      'people add',
      'people seal',
      'people revoke',
    ]);
    const workspace = openWorkspace(shop);
    const asked = { time: '2026-01-01T00:00:00.000Z', size: 0, effects: ['one'], leaves: [] };
    const attestation = await attestRecords(workspace.keys().attestor(), workspace.keys().origin, asked);
    await workspace.records().write([{ kind: 'score', stream: 'value', subject: 'ada', body: { value: 1 }, attestation }], 'one');
    await workspace.close();
    process.env[passphraseVariable('ada')] = 'correct horse battery';
    for (const line of lines) {
      if (line.includes(' recover ')) rmSync(join(shop, '.cohortium', 'keys'), { recursive: true });
      const said = await run(
        line.replaceAll(/(--out|--from|--identity) (\S+)/g, (_, flag: string, name: string) => `${flag} ${join(shop, name)}`),
      );
      if (line.includes(' recover ')) expect(said).toContain('signs statements of the service was lost too');
    }
    delete process.env[passphraseVariable('ada')];
    await run('cohortium verify --level deep');
    const again = openWorkspace(shop);
    expect((await again.records().about('ada')).map(({ body }) => body)).toEqual([{ value: 1 }]);
    await again.close();
    const [shown] = blocks('json').map((block) => JSON.parse(block) as Readonly<Record<string, readonly object[]>>);
    const written = JSON.parse(readFileSync(join(shop, 'registries', 'attestations', 'verifier-keys.json'), 'utf8')) as typeof shown;
    expect(Object.keys(written ?? {})).toEqual(Object.keys(shown ?? {}));
    expect(Object.keys(written?.['checkpoint']?.[1] ?? {})).toEqual(Object.keys(shown?.['checkpoint']?.[1] ?? {}));
  });

  it('says what both keys sign', () => {
    expect(handoverText('checkpoint', 'o', 7, 'a', 'b')).toBe('cohortium/key-handover@1\ncheckpoint\no\n7\na\nb\n');
    expect(text).toContain(
      '`cohortium/key-handover@1`, `checkpoint` (or `attestor`), origin, `after`, key before, new key, each with its line end',
    );
  });
});
