/**
 * The HTTP door: a plain node server on loopback, in front of the MCP endpoint and, where the operator wants them, the doors for
 * events. Refuses before it reads; reads at most 4 MiB for MCP and 500 KiB for events. Offers what is in its table, nothing else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { EventIntake } from '../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import type { GateDoor } from '../../agents/customer-data-graph/interface.ts';
import type { CounselDoor, ProtocolDoor, RequestDoor } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError, type LogEvent } from '../../skills/sdk/index.ts';
import type { McpHttpEndpoint } from '../sdk.ts';
import { answerJson, refuse } from './answers.ts';
import { authzenRoutes } from './authzen-routes.ts';
import { ingestRoutes } from './ingest/ingest-routes.ts';
import { declaredLength, parseJson, readBytes } from './request-body.ts';
import { requireLoopback, requireOwnAddress, requireShallow, requireToken } from './request-guards.ts';
import { requestRoutes } from './request-routes.ts';
import { reviewRoutes } from './review-routes.ts';
import { addressOf, requireMethod, type Route, routeOf, type RouteTable } from './route-table.ts';

const mcpBodyLimit = 4 * 1024 * 1024;
const graceMs = 5_000;

export interface HttpDoorOptions {
  readonly endpoint: McpHttpEndpoint;
  readonly token: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly log: (event: LogEvent) => void;
  /** Answers AuthZEN questions; without it their addresses are unknown. */
  readonly gate?: Pick<GateDoor, 'ask'> | undefined;
  /** Opens the doors for events; without it their addresses are unknown. */
  readonly intake?: EventIntake | undefined;
  /** Opens the doors for requests of persons: the operator's form behind the same token, protocols behind their own. */
  readonly requests?: { readonly door: RequestDoor; readonly protocols: ProtocolDoor } | undefined;
  /** Opens the doors to the counsel queue, behind the same token. */
  readonly reviews?: CounselDoor | undefined;
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
  const table: RouteTable = new Map([
    ['/healthz', healthRoute],
    ['/mcp', mcpRoute(options)],
    ...(options.gate ? authzenRoutes(options.gate, options.token) : []),
    ...(options.intake ? ingestRoutes(options.intake) : []),
    ...(options.reviews ? reviewRoutes(options.reviews, options.token) : []),
    ...(options.requests ? requestRoutes(options.requests.door, options.requests.protocols, options.token) : []),
  ]);
  let port = options.port;
  const server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
    void answer(options, table, port, request, response);
  });
  // Slow senders are cut off; long answers are not, for a run may take minutes.
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 5_000;
  server.maxConnections = 256;
  await listen(server, options);
  port = portOf(server);
  const shown = options.host === '::1' ? '[::1]' : options.host;
  return { url: `http://${shown}:${port}/mcp`, port, close: () => closeGently(server, options.endpoint) };
}

async function answer(
  { log }: HttpDoorOptions,
  table: RouteTable,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let route: Route | undefined;
  try {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    requireOwnAddress(request.headers, port);
    const { path, query } = addressOf(request.url);
    route = routeOf(table, path);
    requireMethod(route, request.method, response);
    await route.handle(request, response, query);
  } catch (thrown) {
    refuse(request, response, thrown, { scheme: 'Bearer', drainableBytes: 0, ...route?.refusal, log });
  }
}

const healthRoute: Route = {
  methods: [],
  refusal: { scheme: 'Bearer', drainableBytes: 0 },
  handle: async (_request, response) => answerJson(response, 200, { status: 'ok' }),
};

function mcpRoute({ endpoint, token }: HttpDoorOptions): Route {
  return {
    // The endpoint answers other methods in the words of its protocol.
    methods: [],
    refusal: { scheme: 'Bearer', drainableBytes: 0 },
    async handle(request, response) {
      requireToken(request.headers, token);
      await endpoint.handle(request, response, request.method === 'POST' ? await readMcpBody(request) : undefined);
    },
  };
}

/** @throws {CohortiumError} HTTP_BODY_TOO_LARGE; ARGUMENT_INVALID when it is not JSON or nested too deeply */
async function readMcpBody(request: IncomingMessage): Promise<unknown> {
  declaredLength(request, mcpBodyLimit);
  const body = await readBytes(request, mcpBodyLimit);
  requireShallow(body);
  return parseJson(body);
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
