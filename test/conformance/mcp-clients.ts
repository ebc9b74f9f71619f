/**
 * Every way in which a client of today reaches the server: the current client on both protocol eras and the maintenance client,
 * each over stdio and over HTTP. One small face for all, so that each promise is tested on each way.
 */
import { fileURLToPath } from 'node:url';

import { Client as CurrentClient, StreamableHTTPClientTransport as CurrentHttp } from '@modelcontextprotocol/client';
import { StdioClientTransport as CurrentStdio } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

import { type HttpDoor, openHttpDoor } from '../../mcp-server/http/http-server.ts';
import { makeOffer } from '../../mcp-server/offer.ts';
import { mcpHttpEndpoint } from '../../mcp-server/sdk.ts';
import type { LogEvent } from '../../skills/sdk/index.ts';
import { type FakeAgent, fakeAgent } from '../fixtures/fake-agent.ts';

export interface ListedTool {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

export interface CallAnswer {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: unknown;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { readonly progress: number; readonly total?: number | undefined }) => void;
}

export interface McpClient {
  readonly protocolVersion: string;
  listTools(): Promise<readonly ListedTool[]>;
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<CallAnswer>;
  close(): Promise<void>;
}

export const token = 'test-token-that-is-long-enough-1234';

export async function openFakeHttp(agent: FakeAgent = fakeAgent()): Promise<{ door: HttpDoor; agent: FakeAgent; log: string[] }> {
  const log: string[] = [];
  const write: (event: LogEvent) => void = (event) => void log.push(JSON.stringify(event));
  let sessions = 0;
  const endpoint = mcpHttpEndpoint(makeOffer(agent, write), {
    mostSessions: 8,
    newSessionId: () => `session-${sessions++}-${crypto.randomUUID()}`,
  });
  return { door: await openHttpDoor({ endpoint, token, host: '127.0.0.1', port: 0, log: write }), agent, log };
}

const stdioServer = {
  command: process.execPath,
  args: ['--conditions=cohortium-source', fileURLToPath(new URL('../fixtures/fake-mcp-stdio.ts', import.meta.url))],
  stderr: 'pipe' as const,
};
const info = { name: 'conformance', version: '1.0.0' };
const headers = { authorization: `Bearer ${token}` };

export type Ask = (message: string) => boolean;

export interface ClientWay {
  readonly name: string;
  readonly expectedVersion: string;
  /** @param ask answers what the server asks a person; without it the client cannot ask anybody */
  readonly connect: (url: string, ask?: Ask) => Promise<McpClient>;
}

export const clientWays: readonly ClientWay[] = [
  {
    name: 'current client, 2026-07-28, stdio',
    expectedVersion: '2026-07-28',
    connect: (_, ask) => current(new CurrentStdio(stdioServer), true, ask),
  },
  {
    name: 'current client, older era, stdio',
    expectedVersion: '2025-11-25',
    connect: (_, ask) => current(new CurrentStdio(stdioServer), false, ask),
  },
  { name: 'maintenance client, stdio', expectedVersion: '2025-11-25', connect: (_, ask) => old(new OldStdio(stdioServer), ask) },
  { name: 'current client, 2026-07-28, HTTP', expectedVersion: '2026-07-28', connect: (url, ask) => current(currentHttp(url), true, ask) },
  { name: 'current client, older era, HTTP', expectedVersion: '2025-11-25', connect: (url, ask) => current(currentHttp(url), false, ask) },
  {
    name: 'maintenance client, HTTP',
    expectedVersion: '2025-11-25',
    connect: (url, ask) => old(new OldHttp(new URL(url), { requestInit: { headers } }), ask),
  },
];

/** Whoever says no has read the question. */
function answered(isAgreed: boolean) {
  return { action: 'accept' as const, content: { agree: isAgreed } };
}

function currentHttp(url: string): CurrentHttp {
  return new CurrentHttp(new URL(url), { requestInit: { headers } });
}

async function current(transport: CurrentHttp | CurrentStdio, isModern: boolean, ask?: Ask): Promise<McpClient> {
  const client = new CurrentClient(info, {
    ...(isModern ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}),
    ...(ask ? { capabilities: { elicitation: { form: {} } } } : {}),
  });
  if (ask) client.setRequestHandler('elicitation/create', ({ params: { message } }) => answered(ask(message)));
  await client.connect(transport);
  return {
    protocolVersion: client.getNegotiatedProtocolVersion() ?? '',
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args, options) => answerOf(await client.callTool({ name, arguments: args }, options)),
    close: () => client.close(),
  };
}

async function old(transport: OldHttp | OldStdio, ask?: Ask): Promise<McpClient> {
  const client = new OldClient(info, ask ? { capabilities: { elicitation: {} } } : {});
  if (ask) client.setRequestHandler(ElicitRequestSchema, ({ params: { message } }) => answered(ask(message)));
  // The maintenance line declares its transports without exactOptionalPropertyTypes in mind; they are what connect takes.
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    protocolVersion: transport instanceof OldHttp ? (transport.protocolVersion ?? '') : '2025-11-25',
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args, options) => answerOf(await client.callTool({ name, arguments: args }, undefined, options)),
    close: () => client.close(),
  };
}

function answerOf(result: unknown): CallAnswer {
  if (typeof result !== 'object' || result === null) throw new TypeError('a call was answered with no object');
  const content: unknown = 'content' in result ? result.content : undefined;
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  const text = typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : '';
  return {
    isError: 'isError' in result && result.isError === true,
    text,
    structured: 'structuredContent' in result ? result.structuredContent : undefined,
  };
}
