import { describe, expect, it } from 'vitest';

import { messageTime } from './message-time.ts';

const received = Date.UTC(2026, 10, 21, 12);

describe('the time of a message', () => {
  it.each([
    [
      'moves with a clock that is an hour behind',
      { timestamp: '2026-11-21T10:00:00Z', sentAt: '2026-11-21T11:00:00Z' },
      '2026-11-21T11:00:00.000Z',
    ],
    [
      'moves with a clock that is a year ahead',
      { timestamp: '2027-11-21T11:59:00Z', sentAt: '2027-11-21T12:00:00Z' },
      '2026-11-21T11:59:00.000Z',
    ],
    [
      'starts from originalTimestamp where there is one',
      { originalTimestamp: '2026-11-21T10:00:00Z', timestamp: '2026-01-01', sentAt: '2026-11-21T11:00:00Z' },
      '2026-11-21T11:00:00.000Z',
    ],
    ['stays as it is without sentAt', { timestamp: '2024-02-29T10:00:00+02:00' }, '2024-02-29T08:00:00.000Z'],
    ['stays as it is when sentAt is no time', { timestamp: '2026-11-21', sentAt: 'now' }, '2026-11-21T00:00:00.000Z'],
    ['is the receipt without timestamp', {}, '2026-11-21T12:00:00.000Z'],
    [
      'is corrected already in an archive',
      {
        timestamp: '2026-11-21T10:30:00Z',
        originalTimestamp: '2026-11-21T10:00:00Z',
        sentAt: '2026-11-21T10:00:01Z',
        receivedAt: '2026-11-21T10:30:01Z',
      },
      '2026-11-21T10:30:00.000Z',
    ],
    [
      'is corrected by the receipt that an archive notes',
      { originalTimestamp: '2026-11-21T10:00:00Z', sentAt: '2026-11-21T10:00:01Z', receivedAt: '2026-11-21T10:30:01Z' },
      '2026-11-21T10:30:00.000Z',
    ],
  ])('%s', (_what, message, expected) => {
    expect(messageTime(message, received)).toBe(expected);
  });

  it('is not corrected when nobody noted the receipt', () => {
    expect(messageTime({ timestamp: '2020-01-01T00:00:00Z', sentAt: '2020-01-01T00:00:05Z' }, undefined)).toBe('2020-01-01T00:00:00.000Z');
    expect(messageTime({}, undefined)).toBeUndefined();
  });

  it.each([['yesterday'], [17], ['9999-01-01T00:00:00Z'], [{}]])('is handed on as it is when it is none: %j', (timestamp) => {
    expect(messageTime({ timestamp, sentAt: '2026-11-21T11:00:00Z' }, received)).toEqual(timestamp);
  });

  it('does not leave the years of the log by correction', () => {
    expect(messageTime({ timestamp: '1900-01-01T00:00:00Z', sentAt: '2026-11-21T13:00:00Z' }, received)).toBe('1900-01-01T00:00:00Z');
  });
});
