/** An interval, its value and the truth on one line of characters: `····├──●◆─┤`, so that the length reads as the size. */

export interface StripPoints {
  readonly low: number;
  readonly value: number;
  readonly high: number;
  readonly truth: number | null;
}

/**
 * @param scale what the right end stands for; the left end is zero
 * @param width characters, 8 or more
 */
export function intervalStrip({ low, value, high, truth }: StripPoints, scale: number, width: number): string {
  const cells: string[] = Array.from({ length: width }, () => ' ');
  const at = (amount: number): number => Math.min(width - 1, Math.max(0, Math.round((amount / scale) * (width - 1))));
  for (let cell = 0; cell < at(low); cell++) cells[cell] = '·';
  for (let cell = at(low); cell <= at(high); cell++) cells[cell] = '─';
  cells[at(low)] = '├';
  cells[at(high)] = '┤';
  cells[at(value)] = '●';
  if (truth !== null) cells[at(truth)] = at(truth) === at(value) ? '◈' : '◆';
  return cells.join('').trimEnd();
}
