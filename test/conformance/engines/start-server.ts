/** A policy engine as a server of its own, on loopback and a free port, ended by its process id. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

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
  const [port, second] = await freePorts();
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

async function freePorts(): Promise<readonly [number, number]> {
  const open = await Promise.all(
    [1, 2].map(
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            const port = typeof address === 'object' && address ? address.port : 0;
            resolve({
              port,
              close: () =>
                new Promise((closed) => {
                  server.close(() => closed());
                }),
            });
          });
        }),
    ),
  );
  await Promise.all(open.map(({ close }) => close()));
  return [open[0]?.port ?? 0, open[1]?.port ?? 0];
}
