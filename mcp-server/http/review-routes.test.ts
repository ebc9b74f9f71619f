/** The counsel queue over HTTP: the same token, coded refusals, and nothing taken that was not understood. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fakeReviews } from '../../test/fixtures/fake-reviews.ts';
import { type HttpDoor, openHttpDoor } from './http-server.ts';

const token = 'test-token-that-is-long-enough-1234';
const endpoint = { handle: async () => {}, close: async () => {} };
let door: HttpDoor;
beforeAll(async () => {
  door = await openHttpDoor({ endpoint, token, host: '127.0.0.1', port: 0, log: () => {}, reviews: fakeReviews() });
});
afterAll(() => door.close());

async function ask(path: string, body?: unknown, bearer: string | undefined = token) {
  const answer = await fetch(new URL(path, door.url), {
    ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }) },
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
}

const review = 'rev-0123456789abcdef';
const recommend = { kind: 'recommend', verdict: 'approve', rationale: 'Weighed.', checkedFacts: ['ageBand'] };

describe('the queue', () => {
  it('is behind the token', async () => {
    for (const path of ['/v1/reviews', `/v1/reviews/sheet?id=${review}`, '/v1/reviews/metrics']) {
      expect((await ask(path, undefined, '')).status).toBe(401);
      expect((await ask(path, undefined, 'another-token-that-is-long-enough')).status).toBe(401);
    }
    expect((await ask('/v1/reviews/steps', { review, by: 'ada', action: recommend }, '')).status).toBe(401);
  });

  it('is listed, shown and measured', async () => {
    expect(await ask('/v1/reviews')).toMatchObject({ status: 200, body: { reviews: [{ id: review, state: 'open' }] } });
    expect(await ask(`/v1/reviews/sheet?id=${review}`)).toMatchObject({ status: 200, body: { rules: [{ citation: '16 CFR 312' }] } });
    expect(await ask('/v1/reviews/metrics')).toMatchObject({ status: 200, body: { decided: 3 } });
  });

  it.each([
    ['/v1/reviews/sheet?id=rev-9', undefined, 404, 'REVIEW_NOT_FOUND'],
    ['/v1/reviews?status=some', undefined, 400, 'ARGUMENT_INVALID'],
    ['/v1/reviews', {}, 405, 'HTTP_ROUTE_UNKNOWN'],
    ['/v1/reviews/steps', undefined, 405, 'HTTP_ROUTE_UNKNOWN'],
    ['/v1/reviews/steps', '{', 400, 'ARGUMENT_INVALID'],
    ['/v1/reviews/steps', { review, by: 'ada', action: { kind: 'ponder' } }, 400, 'ARGUMENT_INVALID'],
    ['/v1/reviews/steps', { review, by: 'ada', action: { ...recommend, rationale: ' ' } }, 400, 'ARGUMENT_INVALID'],
    ['/v1/reviews/steps', { review, by: 'ada', action: { ...recommend, signature: 'x' } }, 400, 'ARGUMENT_INVALID'],
    ['/v1/reviews/steps', { review: 'rev-9', by: 'ada', action: recommend }, 404, 'REVIEW_NOT_FOUND'],
    ['/v1/reviews/steps', 'x'.repeat(70_000), 413, 'HTTP_BODY_TOO_LARGE'],
  ])('answers %s %j with %i %s', async (path, body, status, code) => {
    expect(await ask(path, body)).toMatchObject({ status, body: { error: { code } } });
  });

  it('takes a step', async () => {
    expect(await ask('/v1/reviews/steps', { review, by: 'ada', action: recommend })).toMatchObject({
      status: 200,
      body: { state: 'recommended', recommended: { by: 'ada', verdict: 'approve' } },
    });
  });
});
