/**
 * What an in-process subscriber declared in YAML does with a message: appends it to one file per subscriber, once per
 * message id, and acknowledges after the bytes are on disk.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes the messages of one subscriber; true means acknowledged. */
export function receivedFile(
  folder: string,
  subscriber: string,
): (message: { readonly messageId: string; readonly body: string }) => boolean {
  const path = join(folder, `${subscriber}.jsonl`);
  // At the first message and not before: who only looks must not touch the file.
  let known: Set<string> | undefined;
  return ({ messageId, body }) => {
    known ??= openReceived(folder, path);
    if (known.has(messageId)) return true;
    const file = openSync(path, 'a');
    try {
      appendFileSync(file, `${JSON.stringify({ messageId, body })}\n`);
      fsyncSync(file);
    } catch (error) {
      known = undefined; // the line may be cut: read again before the next one
      throw error;
    } finally {
      closeSync(file);
    }
    known.add(messageId);
    return true;
  };
}

/**
 * Makes the folder, cuts off a line that a crash left incomplete and answers the ids of the others. The message of a cut line
 * was never acknowledged, so it comes again; left in place, it would run into the next line and spoil both.
 */
function openReceived(folder: string, path: string): Set<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) return new Set();
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) {
    const file = openSync(path, 'r+');
    try {
      ftruncateSync(file, end);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
  return new Set(idsIn(bytes.toString('utf8', 0, end)));
}

/** A line that is no message was written by somebody else, and is left to them. */
function idsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed: unknown = JSON.parse(line);
      return typeof parsed === 'object' && parsed !== null && 'messageId' in parsed ? [String(parsed.messageId)] : [];
    } catch {
      return [];
    }
  });
}
