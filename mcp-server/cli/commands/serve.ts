/**
 * The MCP server over HTTP, for clients on this machine, the doors for events where the operator wants them, and the schedules of
 * cohortium.yaml.
 */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { useTerminal } from '../../../agents/adapters/keys/person-passphrase.ts';
import type { EventIntake } from '../../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import type { ProtocolDoor, ScheduleDoor } from '../../../agents/customer-data-graph/interface.ts';
import { isCohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { notedEvents } from '../noted-events.ts';
import { occurrenceLine, troubleLine } from './schedules.ts';

const defaultPort = 4700;
const mostSessions = 256;
const callbackPauseMs = 15_000;

export const serve: CommandSpec = {
  name: 'serve',
  summary: 'serve MCP over Streamable HTTP on this machine, behind a bearer token',
  says: 'Listens on loopback only; checks Host, Origin and the bearer token of every request. The token is taken from COHORTIUM_TOKEN, else from a file that only you can read, made at the first start; take it away, and the digest beside it is enough for the server. Schedules of cohortium.yaml are run as they become due. Ctrl-C lets calls and scheduled runs at work finish.',
  options: [
    { flags: '--port <n>', says: `port; 0 for any free one (default: ${defaultPort})` },
    { flags: '--host <address>', says: 'loopback address (default: 127.0.0.1)' },
    { flags: '--ingest', says: 'also take events: Segment-compatible calls and CloudEvents, behind a write key per source' },
    { flags: '--requests', says: 'also take requests of persons: of your own form, and by the protocols of cohortium.yaml' },
    { flags: '--token-file <file>', says: 'file of the token (default: .cohortium/keys/http-token)' },
  ],
  examples: [
    ['cohortium serve', 'on port 4700'],
    ['cohortium serve --port 0 --json', 'any free port; the first and only line on stdout says which'],
    ['cohortium serve --ingest', 'also the doors for events; says where the write keys are'],
    [`curl http://127.0.0.1:4700/healthz`, 'is it up?'],
  ],
  next: 'docs/how-to/serve-over-http.md, and docs/how-to/send-events-with-segment-sdks.md for --ingest.',
  async action(call) {
    const [{ mcpHttpEndpoint }, { makeOffer }, { openHttpDoor }, { serverToken }, { requireLoopback }] = await Promise.all([
      import('../../sdk.ts'),
      import('../../offer.ts'),
      import('../../http/http-server.ts'),
      import('../../http/token-file.ts'),
      import('../../http/request-guards.ts'),
    ]);
    useTerminal(undefined); // a caller must not make the server stand still at a question
    const host = call.text('host') ?? '127.0.0.1';
    requireLoopback(host);
    const port = call.wholeNumber('port', defaultPort, 0, 65_535);
    const given = call.text('tokenFile');
    const file = given === undefined ? join(await call.directory(), '.cohortium', 'keys', 'http-token') : resolve(call.host.cwd, given);
    const { token, file: tokenFile, isNew } = serverToken(file, call.host.env['COHORTIUM_TOKEN']);
    await call.withAgent('write', async (agent) => {
      const log = notedEvents(call);
      const endpoint = mcpHttpEndpoint(makeOffer(agent, log), { mostSessions, newSessionId: randomUUID });
      const intake = call.flag('ingest') ? agent.intake() : undefined;
      const protocols = call.flag('requests') ? agent.requests.protocols({ env: call.host.env }) : undefined;
      const { schedules } = agent;
      const declared = await schedules.list(1);
      const door = await openHttpDoor({
        endpoint,
        token,
        host,
        port,
        log,
        intake,
        gate: agent.gate,
        requests: protocols && { door: agent.requests, protocols },
      });
      const place = tokenFile ?? 'the environment variable COHORTIUM_TOKEN';
      if (call.isJson) {
        const ingest = intake && {
          url: new URL('/v1/batch', door.url).href,
          eventsUrl: new URL('/v1/events', door.url).href,
          sources: intake.sources,
        };
        const line = { url: door.url, port: door.port, tokenFile, ...(ingest && { ingest }), schedules: declared.map(({ id }) => id) };
        call.host.writeOut(`${JSON.stringify(line)}\n`);
      } else {
        const lines = [
          door.url,
          `token: ${place}${isNew ? ' (new)' : ''}`,
          ...(intake ? ingestLines(door.url, intake) : []),
          ...declared.map(({ id, next: [next], timezone }) => `schedule ${id}: ${next ? `next ${next.local} ${timezone}` : 'paused'}`),
          ...(protocols ? requestLines(door.url, protocols) : []),
          'Ctrl-C stops.',
        ];
        call.host.writeOut(`${lines.join('\n')}\n`);
      }
      const scheduled = runSchedules(schedules, call);
      const calling = protocols && keepCalling(protocols, call);
      await Promise.race([
        new Promise<void>((done) => {
          if (call.signal.aborted) done();
          call.signal.addEventListener('abort', () => done(), { once: true });
        }),
        // Ends only when it is told to; before that it can only break, and a server without its schedules must not look well.
        scheduled.then(() => new Promise<never>(() => {})),
      ]).finally(() => door.close());
      await scheduled;
      await calling;
    });
    return { lines: [] };
  },
};

function ingestLines(url: string, { sources }: EventIntake): string[] {
  const keys = sources.map(({ id, keyFile, isNewKey }) => {
    const place = keyFile ?? 'from the environment';
    return `write key of ${id}: ${place}${isNewKey ? ' (new)' : ''}`;
  });
  return [
    `events: ${new URL('/', url).href} as the host of a Segment, RudderStack or Jitsu SDK`,
    `CloudEvents: ${new URL('/v1/events', url).href}`,
    ...keys,
  ];
}

function requestLines(url: string, { drp, openDsr }: ProtocolDoor): string[] {
  const at = (path: string): string => new URL(path, url).href;
  return [
    `requests of persons: ${at('/v1/requests')}`,
    ...(drp ? [`Data Rights Protocol: ${at('/v1/data-rights-request')}`] : []),
    ...(openDsr ? [`OpenDSR: ${at('/v1/discovery')}`] : []),
  ];
}

/** Tells partners how their requests stand, until it is told to stop. */
async function keepCalling(protocols: ProtocolDoor, call: CommandCall): Promise<void> {
  const { signal } = call;
  while (!signal.aborted) {
    await protocols.callBack().catch((error: unknown) => call.note(`callbacks: ${isCohortiumError(error) ? error.code : 'INTERNAL'}`));
    await sleep(callbackPauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Beside the other work; told what happens on stderr. A simulated clock stands still here, so that only what is due is run. */
async function runSchedules(schedules: ScheduleDoor, call: CommandCall): Promise<void> {
  await schedules.run({
    signal: call.signal,
    isStill: true,
    onOccurrence: (occurrence) => call.note(occurrenceLine(occurrence, call.style)),
    onTrouble: (error) => call.note(troubleLine(error)),
  });
}
