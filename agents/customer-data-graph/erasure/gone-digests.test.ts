import { describe, expect, it } from 'vitest';

import { digestsIn, goneDigests, longRunsOfHex } from './gone-digests.ts';

const [one, other] = ['a1'.repeat(32), 'b2'.repeat(32)];
const message = `opt_${'c3'.repeat(16)}`;

describe('digests of what goes', () => {
  it('get a name of the same form wherever they stand whole, and nothing else does', () => {
    const gone = goneDigests('secret', [one, message]);
    const text = JSON.stringify({ object: one, file: `${one}.parquet`, stays: other, longer: `${one}0`, message });
    const renamed = JSON.parse(gone.rename(text)) as Readonly<Record<string, string>>; // of five texts
    expect(renamed).toEqual({
      object: gone.nameOf(one),
      file: `${gone.nameOf(one)}.parquet`,
      stays: other,
      longer: `${one}0`,
      message: gone.nameOf(message),
    });
    expect(gone.nameOf(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(gone.nameOf(message)).toMatch(/^opt_[0-9a-f]{32}$/);
  });

  it('get the same name again from the same secret, and another one from another', () => {
    expect(goneDigests('secret').nameOf(one)).toBe(goneDigests('secret', [other]).nameOf(one));
    expect(goneDigests('secret').nameOf(one)).not.toBe(goneDigests('another').nameOf(one));
  });

  it('are found in bytes whatever stands beside them', () => {
    const gone = goneDigests('secret', [one]);
    expect(gone.isIn(`0${one}`)).toBe(false);
    expect(gone.isInBytes(`0${one}2025-04-01`)).toBe(true);
    expect(gone.isInBytes(`0${other}2025-04-01`)).toBe(false);
    gone.add([other]);
    expect(gone.isInBytes(`0${other}2025-04-01`)).toBe(true);
    expect(gone.all()).toEqual([one, other]);
  });

  it('are told from other texts by their form', () => {
    expect(digestsIn(`${one}, ${other}; ${one.toUpperCase()} ${message}`)).toEqual([one, other, message]);
    expect(longRunsOfHex(`${one}f`)).toEqual([one, `${one.slice(1)}f`]);
  });
});
