/** Colour, for terminals that want it. Meaning is never in colour alone. */

export interface Style {
  readonly isOn: boolean;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

export function makeStyle(isOn: boolean): Style {
  const paint =
    (open: number, close: number) =>
    (text: string): string =>
      isOn && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    isOn,
    bold: paint(1, 22),
    dim: paint(2, 22),
    good: paint(32, 39),
    warn: paint(33, 39),
    bad: paint(31, 39),
    accent: paint(36, 39),
  };
}

/**
 * Colour only on a terminal, never against NO_COLOR, and also where FORCE_COLOR asks for it.
 * @see https://no-color.org
 */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}
