/**
 * Asks at the terminal for what nobody else should see: nothing that is typed is shown. Reads the terminal itself, so that what is piped
 * in is not taken for an answer, and stands still until there is one. Asks nothing where the echo cannot be turned off.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const [interrupt, endOfFile, erase, backspace, newline, carriageReturn] = [3, 4, 127, 8, 10, 13];
/** Longer than any passphrase. */
const mostBytes = 4096;

/** @returns undefined when it was broken off, or nothing can be asked here */
export function askSecret(question: string): string | undefined {
  let terminal: number;
  try {
    terminal = openSync('/dev/tty', 'r+');
  } catch {
    return undefined; // no terminal, or a system that has none of this name
  }
  const stty = (...settings: readonly string[]) => spawnSync('stty', settings, { stdio: [terminal, 'pipe', 'ignore'], encoding: 'utf8' });
  try {
    const before = stty('-g');
    // Byte by byte and without signals: while this waits, nobody would be there to take one.
    if (before.status !== 0 || stty('-echo', '-icanon', '-isig', 'min', '1', 'time', '0').status !== 0) return undefined;
    try {
      writeSync(terminal, question);
      return typed(terminal);
    } finally {
      stty(before.stdout.trim());
      writeSync(terminal, '\n');
    }
  } finally {
    closeSync(terminal);
  }
}

function typed(terminal: number): string | undefined {
  const bytes: number[] = [];
  const one = Buffer.alloc(1);
  while (bytes.length < mostBytes && readSync(terminal, one, 0, 1, null) === 1) {
    const [byte = interrupt] = one;
    if (byte === interrupt || byte === endOfFile) return undefined;
    if (byte === newline || byte === carriageReturn) return Buffer.from(bytes).toString('utf8');
    if (byte === erase || byte === backspace) {
      // A letter may be several bytes, of which only the first does not begin with 10.
      while (((bytes.pop() ?? 0) & 0xc0) === 0x80);
    } else bytes.push(byte);
  }
  return undefined;
}
