/**
 * What one of our tools costs over the least that the same server can do: `lookup_value` on the fake agent against a tool that
 * echoes, in one server, over HTTP and over stdio, from the current client in the same process. Prints the ratio. What is measured
 * is the door (schemas, checks, text); the store behind a real lookup is measured in lookup.bench.ts.
 */
import { fileURLToPath } from 'node:url';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { bench, run, summary } from 'mitata';

import { openHttpDoor } from '../../mcp-server/http/http-server.ts';
import { mcpHttpEndpoint } from '../../mcp-server/sdk.ts';
import type { LogEvent } from '../../skills/sdk/index.ts';
import { offerWithEcho } from '../fixtures/echo-offer.ts';

const token = 'bench-token-that-is-long-enough-0001';
const log = (event: LogEvent): void => console.error(JSON.stringify(event));
const endpoint = mcpHttpEndpoint(offerWithEcho(log), { mostSessions: 4, newSessionId: () => crypto.randomUUID() });
const door = await openHttpDoor({ endpoint, token, host: '127.0.0.1', port: 0, log });

async function client(transport: StreamableHTTPClientTransport | StdioClientTransport): Promise<Client> {
  const connected = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await connected.connect(transport);
  return connected;
}

const http = await client(
  new StreamableHTTPClientTransport(new URL(door.url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
);
const stdio = await client(
  new StdioClientTransport({
    command: process.execPath,
    args: ['--conditions=cohortium-source', fileURLToPath(new URL('../fixtures/echo-mcp-stdio.ts', import.meta.url))],
  }),
);

const answer = await http.callTool({ name: 'lookup_value', arguments: { customerId: 'c-1' } });
if (answer.isError === true) throw new Error(JSON.stringify(answer.content));

/** Both sides get to know the compiler before the first measurement. */
for (const connected of [http, stdio]) {
  for (let count = 0; count < 500; count++) {
    await connected.callTool({ name: 'echo', arguments: { text: 'warm' } });
    await connected.callTool({ name: 'lookup_value', arguments: { customerId: 'c-1' } });
  }
}

for (const [name, connected] of [
  ['HTTP', http],
  ['stdio', stdio],
] as const) {
  summary(() => {
    bench(`echo over ${name}`, () => connected.callTool({ name: 'echo', arguments: { text: 'c-1' } })).baseline(true);
    bench(`lookup_value over ${name}`, () => connected.callTool({ name: 'lookup_value', arguments: { customerId: 'c-1' } }));
  });
}
const { benchmarks } = await run();
const means = benchmarks.map(({ runs }) => runs[0]?.stats?.avg ?? Number.NaN);
const ratio = (at: number): string => ((means[at + 1] ?? Number.NaN) / (means[at] ?? Number.NaN)).toFixed(2);
console.log(`\nmcp ratio: lookup_value ${ratio(0)}x over HTTP, ${ratio(2)}x over stdio of an echo in the same server`);

await http.close();
await stdio.close();
await door.close();
