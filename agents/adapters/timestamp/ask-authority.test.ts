import { createHash } from 'node:crypto';

import { describe, expect, it, onTestFinished } from 'vitest';

import { type AuthorityFaults, hasOpenssl, startTimeAuthority } from '../../../test/fixtures/time-authority.ts';
import { askAuthority } from './ask-authority.ts';
import { timeStampRequest } from './request-der.ts';
import { verifyToken } from './verify-token.ts';

const data = Buffer.from('cohortium.test/ledger\n3\nAAAA\n');

async function open(faults: AuthorityFaults = {}) {
  const authority = await startTimeAuthority(faults);
  onTestFinished(() => authority.close());
  const { url, trusted } = authority;
  return { authority, trusted, ask: (given = trusted) => askAuthority({ url, trusted: given, timeoutMs: 60_000 }, data) };
}

const invalid = (why: string) => ({ code: 'TIMESTAMP_INVALID', message: expect.stringContaining(why) });

describe.skipIf(!hasOpenssl)('an authority', () => {
  it.each([
    ['ec', 'sha256'],
    ['ec', 'sha512'],
    ['rsa', 'sha256'],
    ['rsa', 'sha512'],
  ] as const)('is believed when its %s key signs a %s of what was asked', async (key, digest) => {
    const { ask, trusted, authority } = await open({ key, digest });
    const stamped = await ask();
    expect(stamped).toMatchObject({ authority: 'CN=Authority of the test', serial: '02' });
    expect(Math.abs(Date.parse(stamped.time) - Date.now())).toBeLessThan(60_000);
    expect(verifyToken(stamped.token, { data, trusted })).toMatchObject({ time: stamped.time });
    // Only the hash leaves, in a request that names its kind.
    expect(authority.seen[0]?.headers['content-type']).toBe('application/timestamp-query');
    expect(authority.seen[0]?.body.includes(createHash('sha256').update(data).digest())).toBe(true);
    expect(authority.seen[0]?.body.includes(data)).toBe(false);
  });

  it('is refused for other bytes, and says nothing else whichever byte was changed', async () => {
    const { ask, trusted } = await open();
    const { token } = await ask();
    expect(() => verifyToken(token, { data: Buffer.from('other'), trusted })).toThrow(
      expect.objectContaining(invalid('it stamps other bytes')),
    );
    const { token: _, ...said } = { ...(await ask()), ...verifyToken(token, { data, trusted }) };
    let passed = 0;
    for (let at = 0; at < token.length; at++) {
      const changed = Buffer.from(token);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      try {
        // What is not under the signature (versions, names of algorithms) may differ; what the stamp says may not.
        expect(verifyToken(changed, { data, trusted })).toEqual(said);
        passed += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'TIMESTAMP_INVALID' });
      }
    }
    expect(passed).toBeLessThan(token.length / 10);
  });

  it('is refused when it is cut anywhere, or is no token', async () => {
    const { ask, trusted } = await open();
    const { token } = await ask();
    for (let length = 0; length < token.length; length += 7) {
      expect(() => verifyToken(token.subarray(0, length), { data, trusted })).toThrow(
        expect.objectContaining({ code: 'TIMESTAMP_INVALID' }),
      );
    }
  });

  it('is refused for an answer to another request', async () => {
    const old = await open();
    const earlier = old.authority.reply(timeStampRequest(data, Buffer.from('0102030405060708', 'hex')));
    const { ask, trusted } = await open({ answer: () => ({ status: 200, body: earlier }) });
    await expect(ask(old.trusted)).rejects.toMatchObject(invalid('the nonce differs'));
    expect(trusted).not.toBe(old.trusted);
  });

  it('is refused when its certificate has expired', async () => {
    const { ask } = await open({ validity: 'expired' });
    await expect(ask()).rejects.toMatchObject(invalid('was not valid at'));
  });

  it('is refused when nobody trusted vouches for it', async () => {
    const [{ ask }, other] = [await open(), await open()];
    await expect(ask(other.trusted)).rejects.toMatchObject(invalid('nobody trusted vouches for CN=Authority of the test'));
    await expect(ask('')).rejects.toMatchObject(invalid('nobody trusted vouches'));
  });

  it('is refused when it does not grant, breaks, or answers too much', async () => {
    const denied = Buffer.from('30053003020102', 'hex');
    const { ask } = await open({ answer: () => ({ status: 200, body: denied }) });
    await expect(ask()).rejects.toMatchObject(invalid('the authority did not grant it: status 2'));
    const broken = await open({ answer: () => ({ status: 503 }) });
    await expect(broken.ask()).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE', message: expect.stringContaining('answered 503') });
    const large = await open({ answer: () => ({ status: 200, body: Buffer.alloc(70_000) }) });
    await expect(large.ask()).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
    const moved = await open({ answer: () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }) });
    await expect(moved.ask()).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
  });
});

it('says that nobody answered', async () => {
  const gone = { url: 'http://127.0.0.1:1/tsa', trusted: '', timeoutMs: 2000 };
  await expect(askAuthority(gone, data)).rejects.toMatchObject({
    code: 'ANCHOR_UNREACHABLE',
    message: expect.stringContaining('http://127.0.0.1:1/tsa did not answer'),
  });
});
