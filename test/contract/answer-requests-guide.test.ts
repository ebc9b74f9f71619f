/** docs/how-to/answer-requests.md: every command runs as printed, in order, and what it declares is read without a fault. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { requestsConfigSchema } from '../../agents/customer-data-graph/requests/requests-config.ts';
import { readRequesters } from '../../registries/requesters/requester.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks, text } = readGuide('answer-requests');
const folder = mkdtempSync(join(tmpdir(), 'requests-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to requests of persons', () => {
  it('runs as printed, and to the end of a request', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'text') expect(said.startsWith(code.trimEnd()), `${said}\n${code}`).toBe(true);
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        // The request of the example has been open for long by the clock of the machine.
        expect(exitCode, `${line}\n${err}${out}`).toBeLessThanOrEqual(line.includes('requests list') ? 1 : 0);
        said = out;
      }
    }
    const [id = ''] = /req-[0-9a-f-]{36}/.exec((await realCli('cohortium requests log --dir shop', folder)).out) ?? [];
    const step = async (line: string): Promise<string> => {
      const { out, err } = await realCli(`cohortium requests ${line} --dir shop`, folder);
      expect(err, `${line}\n${out}`).toBe('');
      return out;
    };
    expect(await step(`show ${id}`)).toContain('Until then we say nothing about anybody');
    expect(await step(`verify ${id} --method account --as ada`)).toMatch(/customer +nobody who is known/);
    expect(await step(`preview ${id}`)).toContain('export the answer first');
    expect(await step(`deny ${id} --reason no-match --as ada`)).toMatch(/status +denied/);
    expect(await step('metrics 2026')).toContain('denied as no-match: 1');
    expect(await step('deadlines US-IA --received 2026-01-30')).toMatch(
      /access +us-ia-icdpa +answer by 2026-04-30, extended by 2026-06-14/,
    );
    expect((await realCli(`cohortium requests fulfil ${id} --as ada --dir shop`, folder)).err).toContain('REQUEST_REFUSED');
  });

  it('has a table of evidence that verify takes as printed', async () => {
    const rows = [...text.matchAll(/^\| (.*`--.*) \| ([a-z ]+) \|$/gm)];
    const cases = rows.flatMap(([, evidence = '', makes = '']) =>
      Array.from(evidence.matchAll(/`(--[^`]+)`/g), ([, options = '']) => [options, makes] as const),
    );
    expect(cases.map(([options]) => options)).toEqual(['--method account', '--method document', '--points 3 --declared', '--points 2']);
    for (const [options, makes] of cases) {
      const [id = ''] =
        /req-[0-9a-f-]{36}/.exec(
          (await realCli('cohortium requests receive access --claim u-2 --residence US-CA --dir shop', folder)).out,
        ) ?? [];
      const { out, err } = await realCli(`cohortium requests verify ${id} ${options} --as ada --dir shop`, folder);
      expect(err, options).toBe('');
      expect(out).toMatch(new RegExp(`^identity +${makes.replaceAll(' ', '-')};`, 'm'));
    }
  });

  it('is told every way to verify where none is given', async () => {
    const { err } = await realCli('cohortium requests verify req-1 --as ada --dir shop', folder);
    expect(err).toContain('--method (account, data-points, document, agent, protocol, other) or --points is needed');
    const { out } = await realCli('cohortium requests --help', folder);
    for (const way of ['--method account', '--method document', '--points 2', '--points 3 --declared'])
      expect(out).toContain(`requests verify <id> ${way} --as ada`);
    for (const method of ['agent', 'protocol', 'other']) expect(out).toContain(`requests verify <id> --method ${method} `);
  });

  it('declares what is read', () => {
    const declared = blocks.filter(({ language }) => language === 'yaml').map(({ code }) => code);
    const [config = '', partner = ''] = declared;
    expect(requestsConfigSchema.safeParse((parse(config) as { readonly requests: unknown }).requests).error).toBeUndefined();
    mkdirSync(join(folder, 'requesters'));
    writeFileSync(join(folder, 'requesters', 'permission-slip.yaml'), partner);
    expect(readRequesters(join(folder, 'requesters'))).toMatchObject([{ kind: 'drp-agent', trust: 'reasonable' }]);
    for (const reason of ['appeal-unfounded']) expect(text).toContain(reason);
  });

  it.each([
    ['id: a\nkind: drp-agent\nname: A\nagentId: lower\nverifyKey: x\n', /agentId|capital/],
    ['id: a\nkind: fax\nname: A\n', /kind/i],
    ['id: b\nkind: open-dsr-controller\nname: A\ncontrollerId: c\ntokenEnv: T\n', /name of the file/],
  ])('a file of a partner that is none is refused: %j', (yaml, why) => {
    const place = mkdtempSync(join(folder, 'partners-'));
    writeFileSync(join(place, 'a.yaml'), yaml);
    expect(() => readRequesters(place)).toThrow(why);
  });
});
