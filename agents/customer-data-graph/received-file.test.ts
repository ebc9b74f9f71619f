import { appendFileSync, existsSync, mkdtempSync, readFileSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { receivedFile } from './received-file.ts';

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'cohortium-received-'));

/** Ids in the file, every line of which has to be JSON. */
function idsOf(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => (JSON.parse(line) as { messageId: string }).messageId); // written by receivedFile
}

describe('receivedFile', () => {
  it('takes a message once, also when it comes again to another process', () => {
    const folder = makeFolder();
    const take = receivedFile(folder, 'desk');
    expect([take({ messageId: 'a', body: '{}' }), take({ messageId: 'a', body: '{}' })]).toEqual([true, true]);
    expect(receivedFile(folder, 'desk')({ messageId: 'a', body: '{}' })).toBe(true);
    expect(idsOf(join(folder, 'desk.jsonl'))).toEqual(['a']);
  });

  it('writes nothing before the first message', () => {
    const folder = join(makeFolder(), 'received');
    receivedFile(folder, 'desk');
    expect(existsSync(folder)).toBe(false);
  });

  it('has every message once when it was cut anywhere and all come again', () => {
    const messages = ['a', 'b', 'c'].map((messageId) => ({ messageId, body: `{"text":"Grüße ${messageId}"}` }));
    const length = messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)) + 1, 0);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length }), (cut) => {
        const folder = makeFolder();
        const path = join(folder, 'desk.jsonl');
        const before = receivedFile(folder, 'desk');
        for (const message of messages) before(message);
        truncateSync(path, cut);
        const after = receivedFile(folder, 'desk');
        for (const message of messages) after(message);
        expect(idsOf(path)).toEqual(['a', 'b', 'c']);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves complete lines that somebody else wrote', () => {
    const folder = makeFolder();
    appendFileSync(join(folder, 'desk.jsonl'), 'a note\n');
    receivedFile(folder, 'desk')({ messageId: 'a', body: '{}' });
    expect(readFileSync(join(folder, 'desk.jsonl'), 'utf8')).toMatch(/^a note\n\{"messageId":"a"/);
  });
});
