/** The receiver of docs/how-to/receive-emissions.md, pasted into a file and run as a reader would. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { readSubscribers } from '../../../registries/subscribers/subscriber.ts';
import { sendWebhook } from './send-webhook.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'receive-emissions.md'), 'utf8');
const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

/** The first code block of a language. */
function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (found === undefined) throw new Error(`the guide has no ${language} block`);
  return found;
}

const stopping: (() => void)[] = [];
afterEach(() => {
  for (const stop of stopping.splice(0)) stop();
});

/** Starts the pasted receiver on a free port, and answers its address once it listens. */
async function startPasted(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-receiver-'));
  // The port that the system chose is asked for by one more line; everything else is as pasted.
  const listening = "\nserver.on('listening', () => console.log(`port ${server.address().port}`));\n";
  writeFileSync(join(folder, 'receiver.mjs'), block('js').replace('\ncreateServer(', '\nconst server = createServer(') + listening);
  const child = spawn(process.execPath, ['receiver.mjs'], { cwd: folder, env: { COHORTIUM_SECRET: secret, PORT: '0' } });
  stopping.push(() => child.kill());
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      const port = /port (\d+)/.exec(String(text))?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}/`);
    });
    child.stderr.on('data', (text: Buffer) => reject(new Error(String(text))));
  });
}

describe('the guide to receiving emissions', () => {
  it('has a receiver that takes what is signed and recent, and nothing else', async () => {
    const url = await startPasted();
    const attempt = {
      url,
      allowPrivate: true,
      secret,
      messageId: 'msg_1',
      body: block('json'),
      timeoutMs: 60_000,
      nowMs: Date.now(),
      signal: new AbortController().signal,
    };
    expect(await sendWebhook(attempt)).toMatchObject({ outcome: 'acknowledged' });
    expect(await sendWebhook(attempt)).toMatchObject({ outcome: 'acknowledged' });
    const foreign = `whsec_${Buffer.alloc(32, 4).toString('base64')}`;
    expect(await sendWebhook({ ...attempt, secret: foreign })).toMatchObject({ outcome: 'rejected', reason: 'answered 401' });
    expect(await sendWebhook({ ...attempt, nowMs: Date.now() - 3_600_000 })).toMatchObject({ outcome: 'rejected', reason: 'answered 401' });
  });

  it('declares a subscriber that is read without a fault', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-subscribers-'));
    writeFileSync(join(folder, 'offers.yaml'), block('yaml'));
    expect(readSubscribers(folder)).toMatchObject([{ id: 'offers', kind: 'webhook', secretEnv: 'OFFERS_SECRET', allowPrivate: true }]);
  });
});
