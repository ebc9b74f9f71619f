/** The MCP server for a client that starts it as a child process. */
import type { CommandSpec } from '../command-spec.ts';
import { notedEvents } from '../noted-events.ts';

export const mcp: CommandSpec = {
  name: 'mcp',
  summary: 'serve MCP over stdin and stdout, for a client that starts this command',
  says: 'Speaks protocol 2026-07-28 and the five versions before it. stdout carries the protocol; everything else goes to stderr. Ends when the client closes stdin.',
  examples: [
    ['cohortium mcp --dir /path/to/shop', 'the command to write into a client’s configuration'],
    ['claude mcp add cohortium -- npx cohortium mcp --dir /path/to/shop', 'in Claude Code'],
  ],
  next: 'docs/how-to/connect-a-model.md.',
  async action(call) {
    const [{ serveMcpOverStdio }, { makeOffer }] = await Promise.all([import('../../sdk.ts'), import('../../offer.ts')]);
    await call.withAgent('write', async (agent) => {
      const server = serveMcpOverStdio(makeOffer(agent, notedEvents(call)));
      await new Promise<void>((resolve) => {
        process.stdin.once('close', resolve);
        process.stdin.once('end', resolve);
        call.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await server.close();
    });
    return { lines: [] };
  },
};
