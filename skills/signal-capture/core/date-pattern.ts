/**
 * Reads dates by a written pattern such as `yyyyMMdd` or `yyyy-MM-dd HH:mm:ss.S`, always as UTC. Refuses patterns without a
 * full date: a guess would put purchases on wrong days.
 */
import { instantOf, parseIsoInstant } from './civil-date.ts';

/** Epoch milliseconds of a text, or undefined when it does not fit the pattern or the date does not exist. */
export type DateReader = (text: string) => number | undefined;

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

/** Longest first: `MM` must win over `M`. */
const tokens: readonly (readonly [text: string, field: Field, digits: string])[] = [
  ['yyyy', 'year', '\\d{4}'],
  ['MM', 'month', '\\d{2}'],
  ['dd', 'day', '\\d{2}'],
  ['HH', 'hour', '\\d{2}'],
  ['mm', 'minute', '\\d{2}'],
  ['ss', 'second', '\\d{2}'],
  ['M', 'month', '\\d{1,2}'],
  ['d', 'day', '\\d{1,2}'],
  ['H', 'hour', '\\d{1,2}'],
  ['S', 'fraction', '\\d{1,9}'],
];

/**
 * Makes a reader of one date format.
 * @param format `iso`, `epochMs`, or a pattern of yyyy MM dd HH mm ss (M d H for one or two digits, S for any fraction)
 * @returns the reader, or a sentence that says what is wrong with the format
 */
export function makeDateReader(format: string): { readonly read: DateReader } | { readonly fault: string } {
  if (format === 'iso') return { read: parseIsoInstant };
  if (format === 'epochMs') return { read: readEpochMs };
  const fields: Field[] = [];
  let source = '';
  for (let at = 0; at < format.length;) {
    const token = tokens.find(([text]) => format.startsWith(text, at));
    if (token) {
      const [text, field, digits] = token;
      if (fields.includes(field)) return { fault: `'${format}' has ${field} twice` };
      fields.push(field);
      source += `(${digits})`;
      at += text.length;
    } else {
      const literal = format.charAt(at);
      if (/[A-Za-z]/.test(literal) && literal !== 'T' && literal !== 'Z') {
        return { fault: `'${literal}' in '${format}' is not one of yyyy MM dd HH mm ss M d H S` };
      }
      source += literal.replace(/[^\w\s]/g, '\\$&');
      at += 1;
    }
  }
  const missing = (['year', 'month', 'day'] as const).filter((field) => !fields.includes(field));
  if (missing.length > 0) return { fault: `'${format}' has no ${missing.join(', ')}` };
  const pattern = new RegExp(`^${source}$`);
  return { read: (text) => readByPattern(pattern, fields, text) };
}

function readByPattern(pattern: RegExp, fields: readonly Field[], text: string): number | undefined {
  const found = pattern.exec(text);
  if (!found) return undefined;
  const value = (field: Field): number => {
    const index = fields.indexOf(field);
    return index < 0 ? 0 : Number(found[index + 1]);
  };
  const fraction = fields.indexOf('fraction');
  return instantOf({
    year: value('year'),
    month: value('month'),
    day: value('day'),
    hour: value('hour'),
    minute: value('minute'),
    second: value('second'),
    millisecond: fraction < 0 ? 0 : Number((found[fraction + 1] ?? '').slice(0, 3).padEnd(3, '0')),
  });
}

function readEpochMs(text: string): number | undefined {
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  const ms = Number(text);
  // The same years as everywhere: 1900-01-01 to 2199-12-31.
  return ms >= -2_208_988_800_000 && ms < 7_258_118_400_000 ? ms : undefined;
}
