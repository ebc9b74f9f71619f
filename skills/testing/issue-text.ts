/** One clause of what went wrong, for messages of the kit. */
import type { z } from 'zod';

export function issueText(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join(', ');
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
