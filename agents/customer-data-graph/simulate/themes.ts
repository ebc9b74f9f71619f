/**
 * What goes with what: every article of a brand belongs to one of four themes, and a customer mostly buys from their own. Articles are
 * moved within their brand after the purchase was drawn, so amounts, places and times are those of the true model.
 */
import type { Rng } from '../../../skills/sdk/numeric/index.ts';
import type { Occasion } from './simulate-customer.ts';

export const themeCount = 4;

/** Articles of a brand, and of one theme of it. */
const articleCount = 12;
const articlesPerTheme = articleCount / themeCount;

/** Chance that a line is of the customer's own theme. */
const ownThemeShare = 0.75;

/** Moves the articles of occasions into a customer's theme. */
export function inTheme(rng: Rng, theme: number, occasions: readonly Occasion[]): readonly Occasion[] {
  return occasions.map((occasion) => ({
    ...occasion,
    lines: occasion.lines.map((line) => {
      if (rng.uniform() >= ownThemeShare) return line;
      const { brand, article } = splitSku(line.sku);
      return { ...line, sku: skuOf(brand, theme * articlesPerTheme + ((article - 1) % articlesPerTheme) + 1) };
    }),
  }));
}

/** An article that somebody of that theme looks at. */
export function themedSku(rng: Rng, brand: string, theme: number): string {
  const article = rng.uniform() < ownThemeShare ? theme * articlesPerTheme + rng.integer(articlesPerTheme) : rng.integer(articleCount);
  return skuOf(brand, article + 1);
}

function splitSku(sku: string): { readonly brand: string; readonly article: number } {
  const dash = sku.lastIndexOf('-');
  return { brand: sku.slice(0, dash), article: Number(sku.slice(dash + 1)) };
}

function skuOf(brand: string, article: number): string {
  return `${brand}-${String(article).padStart(2, '0')}`;
}
