/**
 * What an in-process subscriber declared in YAML does with a message: appends it to one file per subscriber, once per
 * message id, and acknowledges after the bytes are on disk.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes the messages of one subscriber; true means acknowledged. */
export function receivedFile(
  folder: string,
  subscriber: string,
): (message: { readonly messageId: string; readonly body: string }) => boolean {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${subscriber}.jsonl`);
  const seen = new Set(existsSync(path) ? idsIn(readFileSync(path, 'utf8')) : []);
  return ({ messageId, body }) => {
    if (seen.has(messageId)) return true;
    const file = openSync(path, 'a');
    try {
      appendFileSync(file, `${JSON.stringify({ messageId, body })}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    seen.add(messageId);
    return true;
  };
}

/** Ids of complete lines; a line cut by a crash was never acknowledged and is ignored. */
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
