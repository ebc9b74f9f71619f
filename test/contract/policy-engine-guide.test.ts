/** docs/how-to/use-another-policy-engine.md: its commands run as printed, its configurations are taken, its request is answered. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { gateConfigSchema } from '../../agents/customer-data-graph/gate/gate-config.ts';
import { openAgent } from '../../agents/customer-data-graph/index.ts';
import { readEvaluation } from '../../mcp-server/http/authzen-request.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { text, blocks } = readGuide('use-another-policy-engine');
const folder = mkdtempSync(join(tmpdir(), 'engines-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to policy engines', () => {
  it('runs as printed, with its last configuration', async () => {
    const config = join(folder, 'shop', 'cohortium.yaml');
    let fresh = '';
    for (const { language, code } of blocks) {
      if (language === 'yaml') {
        fresh ||= readFileSync(config, 'utf8');
        writeFileSync(config, `${fresh}\n${code}`);
      }
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
      }
    }
    expect(readFileSync(join(folder, 'opa', 'gate.rego'), 'utf8')).toMatch(/^policy_digest := "[0-9a-f]{64}"$/m);
    expect(existsSync(join(folder, 'opa', 'gate.rego'))).toBe(true);
  });

  it('shows configurations that are taken', () => {
    const shown = blocks.filter(({ language }) => language === 'yaml').map(({ code }) => parse(code) as { gate: unknown }); // a mapping
    expect(shown.length).toBeGreaterThanOrEqual(5);
    for (const { gate } of shown) expect(gateConfigSchema.safeParse(gate).error).toBeUndefined();
  });

  it('shows a request that the gate answers', async () => {
    const request = /-d '([^']+)'/.exec(text)?.[1] ?? '';
    const agent = await openAgent(join(folder, 'shop'), { readonly: true });
    const reply = await agent.gate.ask(readEvaluation(JSON.parse(request)));
    await agent.close();
    expect(reply.outcome).toBe('fail');
    expect(reply.opinions).toMatchObject([{ engine: 'casbin', outcome: 'fail', agrees: true }]);
  });
});
