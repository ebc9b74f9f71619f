/** The MCP server over HTTP, for clients on this machine. */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';

import type { CommandSpec } from '../command-spec.ts';

const defaultPort = 4700;
const mostSessions = 256;

export const serve: CommandSpec = {
  name: 'serve',
  summary: 'serve MCP over Streamable HTTP on this machine, behind a bearer token',
  says: 'Listens on loopback only; checks Host, Origin and the bearer token of every request. The token is taken from COHORTIUM_TOKEN, else from a file that only you can read, made at the first start. Ctrl-C lets calls at work finish.',
  options: [
    { flags: '--port <n>', says: `port; 0 for any free one (default: ${defaultPort})` },
    { flags: '--host <address>', says: 'loopback address (default: 127.0.0.1)' },
    { flags: '--token-file <file>', says: 'file of the token (default: .cohortium/keys/http-token)' },
  ],
  examples: [
    ['cohortium serve', 'on port 4700'],
    ['cohortium serve --port 0 --json', 'any free port; the first and only line on stdout says which'],
    [`curl http://127.0.0.1:4700/healthz`, 'is it up?'],
  ],
  next: 'docs/how-to/serve-over-http.md.',
  async action(call) {
    const [{ mcpHttpEndpoint }, { makeOffer }, { openHttpDoor }, { serverToken }, { requireLoopback }] = await Promise.all([
      import('../../sdk.ts'),
      import('../../offer.ts'),
      import('../../http/http-server.ts'),
      import('../../http/token-file.ts'),
      import('../../http/request-guards.ts'),
    ]);
    const host = call.text('host') ?? '127.0.0.1';
    requireLoopback(host);
    const port = call.wholeNumber('port', defaultPort, 0, 65_535);
    const given = call.text('tokenFile');
    const file = given === undefined ? join(await call.directory(), '.cohortium', 'keys', 'http-token') : resolve(call.host.cwd, given);
    const { token, file: tokenFile, isNew } = serverToken(file, call.host.env['COHORTIUM_TOKEN']);
    await call.withAgent('write', async (agent) => {
      const log = (line: string): void => call.note(line);
      const endpoint = mcpHttpEndpoint(makeOffer(agent, log), { mostSessions, newSessionId: randomUUID });
      const door = await openHttpDoor({ endpoint, token, host, port, log });
      const place = tokenFile ?? 'the environment variable COHORTIUM_TOKEN';
      if (call.isJson) call.host.writeOut(`${JSON.stringify({ url: door.url, port: door.port, tokenFile })}\n`);
      else call.host.writeOut(`${door.url}\ntoken: ${place}${isNew ? ' (new)' : ''}\nCtrl-C stops.\n`);
      await new Promise<void>((done) => {
        if (call.signal.aborted) done();
        call.signal.addEventListener('abort', () => done(), { once: true });
      });
      await door.close();
    });
    return { lines: [] };
  },
};
