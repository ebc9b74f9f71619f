/** A person at a terminal, whose sealed key asks for its passphrase: a real terminal, by the program `script`, and what it shows. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openAgent } from '../../agents/customer-data-graph/agent.ts';
import type { CustomerDataGraph } from '../../agents/customer-data-graph/interface.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/operator-directory.ts';
import { cohortium, repositoryRoot, temporaryFolder } from './command-line.ts';

const shop = join(temporaryFolder(), 'shop');
const main = join(repositoryRoot, 'mcp-server', 'cli', 'main.ts');
const hasTerminal = spawnSync('script', ['--version']).status === 0 && spawnSync('stty', ['--version']).status === 0;

async function inside<Answer>(work: (agent: CustomerDataGraph) => Promise<Answer>): Promise<Answer> {
  const agent = await openAgent(shop);
  return work(agent).finally(() => agent.close());
}

/** Types one answer after the other, each when it is asked for. */
function atTerminal(words: string, answers: readonly string[]): Promise<{ readonly status: number | null; readonly shown: string }> {
  const command = `${process.execPath} --conditions=cohortium-source ${main} ${words} --dir ${shop}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const left = [...answers];
  let shown = '';
  let asked = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const prompts = shown.match(/(?:assphrase of ada|Once more): /g)?.length ?? 0;
    for (; asked < prompts; asked++) child.stdin.write(left.shift() ?? '\u0003');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, shown }));
  });
}

describe.skipIf(!hasTerminal)('a sealed key at a terminal', () => {
  it('asks for its passphrase without showing it, and signs for nobody who does not have it', async () => {
    await initOperatorDirectory(shop, {});
    await inside(({ models }) => models.addPerson('ada'));
    // A letter of two bytes, and one that is taken back.
    const passphrase = 'correct hors\u00e9 battery';
    const sealed = await atTerminal('people seal ada', ['correct hors\u00e9x\u007f battery\r', `${passphrase}\r`]);
    expect(sealed.shown).toContain('is sealed');
    expect(sealed.shown).not.toContain('correct');
    const act = 'holds set suit --matter M-1 --reason claim --by ada --everything';
    const wrong = await atTerminal(act, ['another passphrase\r']);
    expect(wrong.shown).toContain('KEY_UNAVAILABLE');
    const brokenOff = await atTerminal(act, ['correct\u0003']);
    expect(brokenOff.shown).toContain('KEY_UNAVAILABLE');
    expect([wrong.status, brokenOff.status]).not.toContain(0);
    const held = await atTerminal(act, [`${passphrase}\r`]);
    expect(held).toMatchObject({ status: 0, shown: expect.stringContaining('suit holds from') });
    expect(held.shown).not.toContain('correct');
    expect(await inside((agent) => agent.custody({}))).toMatchObject([{ step: 'held', by: 'ada', signedBy: 'person:ada' }]);
    expect(readFileSync(join(shop, '.cohortium', 'keys', 'person-ada.json'), 'utf8')).toContain('cohortium/sealed-person-key@1');
    // Nobody is asked where nobody sits.
    const alone = await cohortium(['holds', 'release', 'suit', '--reason', 'over', '--by', 'ada', '--dir', shop]);
    expect(alone.stderr).toContain('COHORTIUM_PERSON_ADA_PASSPHRASE');
    expect(alone.status).not.toBe(0);
  });
});
