/**
 * The money of an event, in minor units per line. A whole that is named is split over the lines exactly, by price times pieces;
 * without one each line has its own price times pieces. No floating point touches an amount.
 */
import { minorDigits, parseMinor } from '../core/money.ts';
import { splitAmount } from '../core/split-amount.ts';
import type { CompiledRule } from '../plan/compiled-registry.ts';
import { firstValue, type MessageParts } from '../plan/wire-path.ts';

/**
 * @param lines parts of each line, or of the whole message when it has none
 * @returns one per line: minor units; what was found when it is no amount; undefined when nothing was found
 */
export function lineAmounts(
  amount: NonNullable<CompiledRule['amount']>,
  lines: readonly MessageParts[],
  currency: string,
): readonly unknown[] {
  const digits = minorDigits(currency);
  const own = lines.map((parts) => priceTimesPieces(amount, parts, digits));
  const [first] = lines;
  const total = first && firstValue(first, amount.total);
  if (total === undefined) return own;
  const minor = toMinor(total, digits);
  if (minor === undefined || minor < 0 || lines.length === 1) return lines.map(() => minor ?? total);
  const weights = own.map((value) => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0));
  return splitAmount(minor, weights.some((weight) => weight > 0) ? weights : lines.map((parts) => pieceWeight(amount, parts)));
}

function priceTimesPieces({ price, pieces }: NonNullable<CompiledRule['amount']>, parts: MessageParts, digits: number): unknown {
  const found = firstValue(parts, price);
  const times = firstValue(parts, pieces);
  if (found === undefined) return undefined;
  const text = decimalText(found);
  const factor = times === undefined ? '1' : decimalText(times);
  return text === undefined || factor === undefined ? found : (parseMinor(text, digits, factor) ?? found);
}

/** Without any price, lines weigh what they count; thousandths, because pieces may be half a kilogram. */
function pieceWeight({ pieces }: NonNullable<CompiledRule['amount']>, parts: MessageParts): number {
  const found = firstValue(parts, pieces);
  const text = found === undefined ? '1' : decimalText(found);
  const weight = text === undefined ? undefined : parseMinor(text, 3);
  return weight === undefined || weight < 0 ? 0 : weight;
}

function toMinor(value: unknown, digits: number): number | undefined {
  const text = decimalText(value);
  return text === undefined ? undefined : parseMinor(text, digits);
}

/** Plain decimal text; a number in JSON may be so small that it is written with an exponent. */
function decimalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const text = String(value);
  return text.includes('e-') ? value.toFixed(18) : text;
}
