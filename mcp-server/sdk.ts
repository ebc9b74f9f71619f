/**
 * The only file that imports the MCP SDK. Turns our tools into one server factory that serves both protocol eras (2026-07-28,
 * and the five versions before it) over stdio and over HTTP. Knows no tool by name.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type NodeIncomingMessageLike, NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  inputRequired,
  inputResponse,
  isLegacyRequest,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

import { errorFields, type LogEvent } from '../skills/sdk/index.ts';
import { failureReport } from './failure-report.ts';
import { portableSchema } from './tools/portable-schema.ts';
import { progressReporter } from './tools/progress-reporter.ts';
import type { Answer, Tool, ToolCall } from './tools/tool-spec.ts';

export interface McpOffer {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly call: Omit<ToolCall, 'context'>;
  /** Where defects of ours are written; never to stdout. */
  readonly log: (event: LogEvent) => void;
}

/** Serves this process's stdin and stdout until the client closes them. */
export function serveMcpOverStdio(offer: McpOffer): { close(): Promise<void> } {
  return serveStdio(serverFactory(offer), { onerror: (error) => offer.log(mcpFailed(error)) });
}

export interface McpHttpEndpoint {
  /** Answers one request whose body was read and parsed. */
  handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly mostSessions: number;
  readonly newSessionId: () => string;
}

/**
 * Streamable HTTP for both eras: 2026-07-28 without sessions, the older versions with them, so that their clients can cancel a
 * call. When sessions run out the oldest is closed; its client starts another.
 */
export function mcpHttpEndpoint(offer: McpOffer, options: SessionOptions): McpHttpEndpoint {
  const factory = serverFactory(offer);
  const report = (error: Error): void => offer.log(mcpFailed(error));
  const modern = createMcpHandler(factory, { legacy: 'reject', onerror: report });
  const modernHandler = toNodeHandler(modern, { onerror: report });
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();

  return {
    async handle(request, response, body) {
      const sessionId = request.headers['mcp-session-id'];
      // Node types absent headers as undefined, the SDK as missing; they are the same object.
      const incoming = request as NodeIncomingMessageLike;
      if (request.method === 'POST' && !(await isLegacyRequest(await toWebRequest(incoming, body), body))) {
        await modernHandler(incoming, response, body);
        return;
      }
      const known = typeof sessionId === 'string' ? sessions.get(sessionId) : undefined;
      if (sessionId !== undefined && !known) {
        answerJson(response, 404, {
          jsonrpc: '2.0',
          error: { code: -32001, message: 'Session not found; initialize a new one' },
          id: null,
        });
        return;
      }
      const transport = known ?? (await openSession());
      await transport.handleRequest(request, response, body);
      if (!known && transport.sessionId === undefined) await transport.close();
    },
    async close() {
      await modern.close();
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
      sessions.clear();
    },
  };

  async function openSession(): Promise<NodeStreamableHTTPServerTransport> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: options.newSessionId,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
        const [oldest] = sessions;
        if (sessions.size > options.mostSessions && oldest) {
          sessions.delete(oldest[0]);
          void oldest[1].close();
        }
      },
    });
    const server = factory();
    await server.connect(transport);
    const closeProtocol = transport.onclose;
    // The transport is no event target: the property is its only way to tell.
    // eslint-disable-next-line unicorn/prefer-add-event-listener
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId);
      closeProtocol?.();
    };
    return transport;
  }
}

function serverFactory(offer: McpOffer): () => McpServer {
  const prepared = offer.tools.map((tool) => ({
    tool,
    inputSchema: toStandardSchema(portableSchema(tool.input, 'input')),
    outputSchema: toStandardSchema(portableSchema(tool.output, 'output')),
  }));
  return () => {
    const server = new McpServer(
      { name: offer.name, version: offer.version, title: 'Cohortium' },
      {
        instructions: offer.instructions,
        capabilities: { tools: { listChanged: false } },
        cacheHints: { 'tools/list': { ttlMs: 3_600_000, cacheScope: 'public' } },
      },
    );
    for (const { tool, inputSchema, outputSchema } of prepared) {
      const { name, title, description, hints } = tool;
      server.registerTool(name, { title, description, inputSchema, outputSchema, annotations: { title, ...hints } }, (args, context) =>
        callTool(offer, tool, args, context, server),
      );
    }
    return server;
  };
}

async function callTool(offer: McpOffer, tool: Tool, args: unknown, { mcpReq }: ServerContext, server: McpServer) {
  const token = mcpReq._meta?.progressToken;
  const progress =
    tool.isLong && token !== undefined
      ? progressReporter((fraction, message) =>
          mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, progress: fraction, total: 1, message } }),
        )
      : undefined;
  try {
    const context = { signal: mcpReq.signal, ...(progress ? { onProgress: progress.report } : {}) };
    const assent = assentOf(mcpReq);
    const answer = await tool.answer(args, { ...offer.call, context, ...(assent ? { assent } : {}) });
    const question = tool.asksPerson && canAsk(mcpReq, server) ? questionOf(answer) : undefined;
    if (question) return question;
    return { content: [textOf(answer)], structuredContent: { ...answer } };
  } catch (thrown) {
    const report = failureReport(thrown);
    if (report.code === 'INTERNAL') offer.log({ event: 'door-failed', door: `mcp/${tool.name}`, ...errorFields(thrown) });
    return { content: [textOf({ error: report })], isError: true };
  } finally {
    progress?.stop();
  }
}

function mcpFailed(error: Error): LogEvent {
  return { event: 'door-failed', door: 'mcp', ...errorFields(error) };
}

const assentKey = 'agree';

/** The person is asked by the client itself, so that a model cannot answer in their place; the code comes back with the answer. */
function questionOf({ status, summary, confirm }: Answer) {
  if (status !== 'confirmation-required' || typeof summary !== 'string' || typeof confirm !== 'string') return undefined;
  return inputRequired({
    inputRequests: {
      [assentKey]: inputRequired.elicit({
        message: summary,
        requestedSchema: { type: 'object', properties: { [assentKey]: { type: 'boolean', title: 'Do it' } }, required: [assentKey] },
      }),
    },
    requestState: confirm,
  });
}

/** A code that was invented or belongs to another decision is refused where it is redeemed. */
function assentOf({ inputResponses, requestState }: ServerContext['mcpReq']) {
  const response = inputResponse(inputResponses, assentKey);
  const code = requestState();
  if (response.kind !== 'elicit' || typeof code !== 'string') return undefined;
  return { code, isAgreed: response.action === 'accept' && response.content?.[assentKey] === true };
}

const capabilitiesSchema = z.looseObject({
  elicitation: z.looseObject({ form: z.unknown().optional(), url: z.unknown().optional() }).optional(),
});

/** Clients of before there were two ways to ask declare neither, and mean forms. */
function canAsk({ envelope }: ServerContext['mcpReq'], { server }: McpServer): boolean {
  const declared = new Map<string, unknown>(Object.entries(envelope ?? {})).get(CLIENT_CAPABILITIES_META_KEY);
  // eslint-disable-next-line typescript/no-deprecated -- the only way to what a client of the older versions said when it connected
  const { elicitation } = capabilitiesSchema.safeParse(declared ?? server.getClientCapabilities()).data ?? {};
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** The text holds exactly what the structured content holds: some clients show a model only one of the two. */
function textOf(answer: Answer): { type: 'text'; text: string } {
  return { type: 'text', text: JSON.stringify(answer) };
}

/** Advertises a JSON Schema and accepts anything: the tool itself checks, and answers in our own words. */
function toStandardSchema(schema: Record<string, unknown>) {
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'cohortium',
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
