/**
 * A subscriber as a partner would write it: receives signed messages on the loopback interface, checks each signature by
 * itself, and answers 401 when it does not hold. The quickstart delivers to it over real HTTP.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Receiver {
  readonly url: string;
  /** Messages whose signature held, by id; a repeated delivery counts once. */
  readonly accepted: () => number;
  readonly refused: () => number;
  readonly close: () => Promise<void>;
}

/**
 * @param secret `whsec_` and base64, as Standard Webhooks writes it; read when the first message arrives
 * @see https://www.standardwebhooks.com, signature scheme v1
 */
export async function startReceiver(secret: () => string): Promise<Receiver> {
  const seen = new Set<string>();
  let refused = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = String(request.headers['webhook-id'] ?? '');
      const timestamp = String(request.headers['webhook-timestamp'] ?? '');
      const holds = signatureHolds(secret(), id, timestamp, Buffer.concat(chunks), String(request.headers['webhook-signature'] ?? ''));
      if (holds) seen.add(id);
      else refused += 1;
      response.writeHead(holds ? 204 : 401).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP, so never a pipe name
  return {
    url: `http://127.0.0.1:${port}/cohortium`,
    accepted: () => seen.size,
    refused: () => refused,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function signatureHolds(secret: string, id: string, timestamp: string, body: Buffer, header: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return header.split(' ').some((part) => {
    const given = Buffer.from(part.replace(/^v1,/, ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
