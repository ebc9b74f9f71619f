import { describe, expect, it } from 'vitest';

import { isPublicAddress, lookupPublic, refusePrivateLiteral } from './public-address.ts';

describe('the addresses that webhooks may go to', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450::1'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001:db8::1',
    '2001::1',
    'localhost',
    '',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['https://127.0.0.1/', 'https://0x7f.1/', 'https://2130706433/', 'https://[::1]/', 'https://[::ffff:169.254.169.254]/'])(
    'a url cannot hide a private address: %s',
    (url) => {
      expect(() => refusePrivateLiteral(new URL(url))).toThrow(/private address/);
    },
  );

  it('a name that resolves to a private address is refused when it is resolved', async () => {
    const resolve = (all: boolean): Promise<unknown> =>
      new Promise((done) => {
        lookupPublic('localhost', { all }, (error) => done(error));
      });
    expect(await resolve(true)).toMatchObject({ code: 'SUBSCRIBER_ADDRESS_FORBIDDEN' });
    expect(await resolve(false)).toMatchObject({ code: 'SUBSCRIBER_ADDRESS_FORBIDDEN' });
  });
});
