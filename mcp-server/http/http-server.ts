/**
 * The HTTP door: a plain node server on loopback, in front of the MCP endpoint. Refuses before it reads; reads at most 4 MiB;
 * answers refusals as `{error:{code,message,help}}`. Offers `/mcp` and `/healthz`, nothing else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { CohortiumError, type ErrorCode } from '../../skills/sdk/index.ts';
import { failureReport } from '../failure-report.ts';
import type { McpHttpEndpoint } from '../sdk.ts';
import { requireLoopback, requireOwnAddress, requireShallow, requireToken } from './request-guards.ts';

export const bodyLimit = 4 * 1024 * 1024;
const graceMs = 5_000;

export interface HttpDoorOptions {
  readonly endpoint: McpHttpEndpoint;
  readonly token: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly log: (line: string) => void;
}

export interface HttpDoor {
  readonly url: string;
  readonly port: number;
  /** Takes no new request, waits up to five seconds for those at work, then cuts them. */
  close(): Promise<void>;
}

/**
 * @throws {CohortiumError} HTTP_BIND_FORBIDDEN when the host is not loopback; ARGUMENT_INVALID when the port is taken
 */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  requireLoopback(options.host);
  const server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
    answer(options, portOf(server), request, response).catch((thrown: unknown) => refuse(options, response, thrown));
  });
  // Slow senders are cut off; long answers are not, for a run may take minutes.
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 5_000;
  server.maxConnections = 256;
  await listen(server, options);
  const port = portOf(server);
  const shown = options.host === '::1' ? '[::1]' : options.host;
  return { url: `http://${shown}:${port}/mcp`, port, close: () => closeGently(server, options.endpoint) };
}

async function answer(options: HttpDoorOptions, port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  requireOwnAddress(request.headers, port);
  const path = (request.url ?? '/').split('?', 1)[0];
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (path === '/healthz') return answerJson(response, 200, { status: 'ok' });
  if (path !== '/mcp') return answerJson(response, 404, { error: { message: 'not found; the MCP endpoint is /mcp' } });
  requireToken(request.headers, options.token);
  await options.endpoint.handle(request, response, request.method === 'POST' ? await readJson(request) : undefined);
}

/** @throws {CohortiumError} HTTP_BODY_TOO_LARGE; ARGUMENT_INVALID when it is not JSON or nested too deeply */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const tooLarge = () => new CohortiumError('HTTP_BODY_TOO_LARGE', `the body is over ${bodyLimit} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue; // no encoding is set, so every chunk is a Buffer
    size += chunk.length;
    if (size > bodyLimit) throw tooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  requireShallow(body);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new CohortiumError('ARGUMENT_INVALID', 'the body is not JSON');
  }
}

const statuses: Partial<Record<ErrorCode, number>> = {
  ARGUMENT_INVALID: 400,
  HTTP_UNAUTHORIZED: 401,
  HTTP_REQUEST_FORBIDDEN: 403,
  HTTP_BODY_TOO_LARGE: 413,
};

function refuse(options: HttpDoorOptions, response: ServerResponse, thrown: unknown): void {
  const { code, message, help } = failureReport(thrown);
  const status = statuses[code] ?? 500;
  // A caller who hung up is no defect.
  const isGone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNRESET';
  if (status === 500 && !isGone) options.log(`http: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="cohortium"');
  // What is left of a refused body is not waited for.
  response.setHeader('connection', 'close');
  answerJson(response, status, { error: { code, message, help } });
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function listen(server: Server, { host, port }: HttpDoorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new CohortiumError('ARGUMENT_INVALID', `cannot listen on ${host}:${port}: ${error.message}; choose another --port`, {
          cause: error,
        }),
      );
    });
    server.listen({ host, port }, resolve);
  });
}

async function closeGently(server: Server, endpoint: McpHttpEndpoint): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => void endpoint.close().then(() => server.closeAllConnections()), graceMs);
  await closed;
  clearTimeout(cut);
  await endpoint.close();
}
