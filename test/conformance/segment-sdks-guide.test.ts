/** The examples of docs/how-to/send-events-with-segment-sdks.md, pasted as a reader would, against a real door. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sourceSchema } from '../../agents/customer-data-graph/ingest/sources.ts';
import { readYaml } from '../../skills/sdk/index.ts';
import { type EventDoor, openEventDoor, storedSignals } from '../fixtures/event-door.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'how-to', 'send-events-with-segment-sdks.md'), 'utf8');

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
}

let door: EventDoor;
beforeAll(async () => {
  door = await openEventDoor();
});
afterAll(() => door.close());

/** The page's port and folder are those of this door. */
function here(code: string): string {
  return code.replaceAll('http://127.0.0.1:4700', door.host).replaceAll('/path/to/shop', door.directory);
}

const stored = (): number => storedSignals(door.directory).length;

describe('the page about SDKs', () => {
  it('has curl commands that answer what it says', async () => {
    const [first = '', structured = '', binary = '', rejections = ''] = blocks('sh');
    const [counts = '', none = ''] = blocks('json');
    const key = first.slice(0, first.indexOf('\n'));
    const curl = async (code: string): Promise<unknown> =>
      JSON.parse((await run('bash', ['-c', here(code.startsWith('WRITE_KEY') ? code : `${key}\n${code}`)])).stdout);
    expect(await curl(first)).toEqual(JSON.parse(counts));
    expect(await curl(first)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await curl(structured)).toEqual(JSON.parse(counts));
    expect(await curl(binary)).toEqual(JSON.parse(counts));
    expect(await curl(rejections)).toEqual(JSON.parse(none));
  });

  it.each([0, 1, 2])('has an SDK example %i that runs and is stored', async (index) => {
    const code = blocks('js')[index] ?? '';
    const before = stored();
    const { stderr } = await run(process.execPath, ['--input-type=module', '-e', here(code)], {
      cwd: root,
      env: { ...process.env, WRITE_KEY: door.writeKey },
    });
    expect(stderr).toBe('');
    expect(stored()).toBe(before + 1);
  });

  it('shows a source file that is one', () => {
    const [yaml = ''] = blocks('yaml');
    const { value, diagnostics } = readYaml(yaml, 'web-shop.yaml', sourceSchema, 'SOURCE_INVALID');
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({ id: 'web-shop', kind: 'sdk', channel: 'web' });
  });
});
