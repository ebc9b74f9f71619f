#!/usr/bin/env node
/** Where the process starts. Hands the process to the command line and ends with its exit code. */
import { useTerminal } from '../../agents/adapters/keys/person-passphrase.ts';
import { loadAgentModule } from '../open-agent.ts';
import { askSecret } from './ask-secret.ts';
import type { CliHost } from './cli-host.ts';
import { exitCodes } from './exit-codes.ts';
import { callerDirectory, commandName } from './npm-script.ts';
import { runCli } from './program.ts';

process.chdir(callerDirectory(process.env, process.cwd()));

const host: CliHost = {
  command: commandName(import.meta.filename),
  writeOut: (text) => void process.stdout.write(text),
  writeErr: (text) => void process.stderr.write(text),
  isOutTerminal: process.stdout.isTTY,
  isErrTerminal: process.stderr.isTTY,
  columns: process.stdout.columns || 80,
  env: process.env,
  cwd: process.cwd(),
  loadAgentModule,
  onInterrupt(listener) {
    let count = 0;
    const onSignal = (): void => {
      count++;
      if (count > 1) process.exit(exitCodes.interrupted);
      listener();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    return () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    };
  },
  now: () => performance.now(),
};

// A reader that closed the pipe early (`| head`) has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

// Somebody sits there: the passphrase of a person's key may be asked for.
if (process.stdin.isTTY && process.stderr.isTTY) useTerminal(askSecret);

process.exitCode = await runCli(process.argv.slice(2), host);
