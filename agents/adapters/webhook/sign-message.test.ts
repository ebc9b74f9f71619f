import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

import { signMessage } from './sign-message.ts';

const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString('base64')}`;

describe('signatures of webhook messages', () => {
  it('equal those of the reference library for any secret, id and text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^msg_[a-z0-9]{1,32}$/),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 0, max: 4e12 }),
        (key, id, body, nowMs) => {
          const headers = signMessage(secretOf(key), id, body, nowMs);
          const signed = new Webhook(secretOf(key)).sign(id, new Date(nowMs), body);
          expect(headers['webhook-signature']).toBe(signed);
          expect(headers['webhook-timestamp']).toBe(String(Math.floor(nowMs / 1000)));
        },
      ),
    );
  });

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'plain text', `whsec_${Buffer.alloc(65).toString('base64')}`])(
    'refuses the secret "%s", and does not repeat it',
    (secret) => {
      expect(() => signMessage(secret, 'id', 'body', 0)).toThrow(/24 to 64 bytes/);
    },
  );
});
