/** Lines that actions of the gate share. */
import type { CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';

/** A heading and what stands under it. */
export function section(head: string, lines: readonly string[], { style }: Pick<CommandCall, 'style'>): string[] {
  return ['', style.bold(head), ...lines];
}

/** Words in lines of the terminal's width, indented; never cuts a word. */
export function wrapped(text: string, { host }: Pick<CommandCall, 'host'>, indent = 2): string[] {
  const width = Math.max(host.columns, 40) - indent;
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}
