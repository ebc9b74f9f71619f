/** A policy engine as a server of its own, on loopback and a free port, ended by its process id. */
import { spawn } from 'node:child_process';

import { freePorts } from '../../fixtures/free-ports.ts';

export interface StartedServer {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/**
 * @param argsFor arguments for a port, and for a second one
 * @param path what answers 200 once it is up
 */
export async function startServer(
  program: string,
  argsFor: (port: number, second: number) => readonly string[],
  path: string,
): Promise<StartedServer> {
  // Another process may have taken a port before the program came to it.
  for (let more = 2; ; more--) {
    try {
      return await startOnFreePorts(program, argsFor, path);
    } catch (error) {
      if (more === 0) throw error;
    }
  }
}

async function startOnFreePorts(
  program: string,
  argsFor: (port: number, second: number) => readonly string[],
  path: string,
): Promise<StartedServer> {
  const [port = 0, second = 0] = await freePorts(2);
  const child = spawn(program, argsFor(port, second), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = `${said}${chunk.toString('utf8')}`.slice(-4000);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) break;
    const isUp = await fetch(`${url}${path}`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return { url, pid: child.pid ?? 0, stop };
    await new Promise((next) => setTimeout(next, 100));
  }
  await stop();
  throw new Error(`${program} did not come up: ${said}`);
}
