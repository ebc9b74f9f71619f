/** Which handler answers which address. Addresses are compared whole, as they were sent: nothing is decoded or resolved. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { CohortiumError } from '../../skills/sdk/index.ts';
import type { Refusal } from './answers.ts';

export interface Route {
  readonly methods: readonly string[];
  /** What a refusal of this route says, besides its error. */
  readonly refusal: Pick<Refusal, 'scheme' | 'drainableBytes'>;
  handle(request: IncomingMessage, response: ServerResponse, query: string): Promise<void>;
}

export type RouteTable = ReadonlyMap<string, Route>;

export interface Address {
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

export function addressOf(url: string | undefined): Address {
  const [path = '/', ...query] = (url ?? '/').split('?');
  return { path, query: query.join('?') };
}

/**
 * @returns the route, also for a method that it does not have
 * @throws {CohortiumError} HTTP_ROUTE_UNKNOWN when there is none
 */
export function routeOf(table: RouteTable, path: string): Route {
  // An address that ends in `/*` answers for everything right below it.
  const route = table.get(path) ?? table.get(`${path.slice(0, path.lastIndexOf('/'))}/*`);
  if (!route) throw new CohortiumError('HTTP_ROUTE_UNKNOWN', `not found; ${wayTo(table)}`);
  return route;
}

function wayTo(table: RouteTable): string {
  const mcp = 'the MCP endpoint is /mcp';
  return table.has('/v1/batch') ? `${mcp}; events go to /v1/track, /v1/batch and their like, CloudEvents to /v1/events` : mcp;
}

/** @throws {CohortiumError} HTTP_ROUTE_UNKNOWN */
export function requireMethod(route: Route, method: string | undefined, response: ServerResponse): void {
  if (route.methods.length === 0 || route.methods.includes(method ?? '')) return;
  response.setHeader('allow', route.methods.join(', '));
  throw new CohortiumError('HTTP_ROUTE_UNKNOWN', `${route.methods.join(' or ')} was expected here`);
}
