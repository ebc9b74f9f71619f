/** What a witness may answer. That the real protocol is met is shown in test/conformance/witness. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

import { expect, it, onTestFinished } from 'vitest';

import { type GivenAnswer, type SeenRequest, startRecordingServer } from '../../../test/fixtures/recording-server.ts';
import { askWitness } from './ask-witness.ts';
import { witnessKey } from './cosignature.ts';

const body = `cohortium.test/ledger\n7\n${Buffer.alloc(32, 7).toString('base64')}\n`;
const note = `${body}\n— cohortium.test/ledger ${Buffer.alloc(68, 1).toString('base64')}\n`;

function makeWitness(name = 'witness.test/w1') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const id = createHash('sha256').update(`${name}\n`).update(Buffer.of(4)).update(raw).digest().subarray(0, 4);
  return { name, privateKey, id, key: `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(4), raw]).toString('base64')}` };
}

function cosign(
  { name, id, privateKey }: { name: string; id: Buffer; privateKey: KeyObject },
  over = body,
  seconds = 1_900_000_000,
): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${over}`), privateKey);
  return `— ${name} ${Buffer.concat([id, time, signature]).toString('base64')}\n`;
}

async function ask(key: string, answer: (request: SeenRequest, at: number) => GivenAnswer, lastSize = 0) {
  let calls = 0;
  const server = await startRecordingServer((request) => answer(request, calls++));
  onTestFinished(() => server.close());
  const prove = (from: number) => (from === 0 || from === 7 ? [] : [Buffer.alloc(32, from)]);
  const asked = askWitness({ url: server.url, key, timeoutMs: 60_000 }, { size: 7, note, lastSize, prove });
  return { asked, seen: server.seen };
}

it('sends old size, proof and checkpoint, and adds the line of the witness to the note', async () => {
  const witness = makeWitness();
  const other = cosign(makeWitness('witness.test/other'));
  const { asked, seen } = await ask(witness.key, () => ({ status: 200, body: `${other}${cosign(witness)}` }), 5);
  expect(await asked).toEqual({ note: `${note}${cosign(witness)}`, time: '2030-03-17T17:46:40.000Z' });
  expect(`${seen[0]?.method} ${seen[0]?.url}`).toBe('POST /add-checkpoint');
  expect(seen[0]?.body.toString()).toBe(`old 5\n${Buffer.alloc(32, 5).toString('base64')}\n\n${note}`);
});

it('goes on from the size that the witness names', async () => {
  const witness = makeWitness();
  const { asked, seen } = await ask(witness.key, (_, at) =>
    at === 0 ? { status: 409, headers: { 'content-type': 'text/x.tlog.size' }, body: '3\n' } : { status: 200, body: cosign(witness) },
  );
  expect((await asked).time).toBe('2030-03-17T17:46:40.000Z');
  expect(seen.map(({ body: sent }) => sent.toString().split('\n', 1)[0])).toEqual(['old 0', 'old 3']);
});

it('tells a ledger that was put back from a witness that is behind', async () => {
  const { asked } = await ask(makeWitness().key, () => ({ status: 409, headers: { 'content-type': 'text/x.tlog.size' }, body: '9\n' }));
  await expect(asked).rejects.toMatchObject({
    code: 'LEDGER_ROLLED_BACK',
    message: expect.stringContaining('has cosigned 9 records, the ledger holds 7'),
  });
});

it.each([
  [404, 'does not know this ledger'],
  [403, 'does not accept the signature'],
  [409, 'has cosigned another history'],
  [422, 'has cosigned another history'],
  [500, 'answered 500'],
])('says what %i means', async (status, why) => {
  const { asked } = await ask(makeWitness().key, () => ({ status }));
  await expect(asked).rejects.toMatchObject({ code: 'WITNESS_REFUSED', message: expect.stringContaining(why) });
});

it('takes no cosignature of another key, of another checkpoint, or that was changed', async () => {
  const witness = makeWitness();
  const changed = Buffer.from(cosign(witness).split(' ')[2] ?? '', 'base64');
  changed[8] = (changed[8] ?? 0) ^ 1; // another time than was signed
  for (const line of [
    cosign(makeWitness()),
    cosign(witness, body.replace('\n7\n', '\n8\n')),
    `— ${witness.name} ${changed.toString('base64')}\n`,
    '',
  ]) {
    const { asked } = await ask(witness.key, () => ({ status: 200, body: line }));
    await expect(asked).rejects.toMatchObject({ code: 'WITNESS_REFUSED', message: expect.stringContaining('without a cosignature') });
  }
});

it('refuses what is no key', () => {
  const { key } = makeWitness();
  for (const text of ['', 'w', key.slice(0, -8), key.replace('+', '+0'), key.replace('w1', 'w2')]) {
    expect(() => witnessKey(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  }
});
