/**
 * What all pictures of cohorts share: a colour for each of the first eight cohorts, the same in every picture of a run, a legend, and
 * the frame. Colours are never alone: whatever has one also has its name or number.
 */
import { formatCount } from '../format-number.ts';
import { box, label, picture, shorten, textWidth } from '../svg.ts';

export interface NamedCohort {
  /** Where names are words that may change or be alike: what tells the cohort apart, as tables have it. */
  readonly key?: string;
  readonly name: string;
  readonly size: number;
}

/** What a picture says of where it comes from. */
export interface PictureSource {
  readonly title: string;
  readonly method: string;
  readonly window: string;
  readonly asOf: string;
  /** In the order of the run; positions in the data of pictures point here. */
  readonly cohorts: readonly NamedCohort[];
}

/** Above, everything is grey: more colours cannot be told apart. */
export const colours = 8;
export const width = 760;
export const left = 24;
export const right = width - 24;

/** Colours of cohorts as fills (`c0`) and as lines (`l0`), for light and dark grounds. */
const light = ['#1f5fbf', '#d9670a', '#2a8f5b', '#b3408f', '#8a6d00', '#0f7f91', '#c4372f', '#6b5bd2'];
const dark = ['#6ea8ff', '#ff9d4d', '#5cc98f', '#e67cc3', '#d8b53a', '#4fc6da', '#ff7b72', '#a99bff'];
const rules = (list: readonly string[]): string =>
  list.map((colour, at) => `.c${at}{fill:${colour}}.l${at}{stroke:${colour};fill:none}`).join('');
const styles = `<style>${rules(light)}.other{fill:#9aa5b1}.other-line{stroke:#9aa5b1;fill:none}.tint{opacity:.16}.ribbon{opacity:.34}.curve{stroke-width:2.2}.small{font-size:11px}@media(prefers-color-scheme:dark){${rules(dark)}.other{fill:#5c6873}.other-line{stroke:#5c6873}}</style>`;

/** Class of a cohort's surfaces, by its position; −1 for none. */
export function fillOf(cohort: number): string {
  return cohort >= 0 && cohort < colours ? `c${cohort}` : 'other';
}

/** Class of a cohort's lines. */
export function lineOf(cohort: number): string {
  return cohort >= 0 && cohort < colours ? `l${cohort}` : 'other-line';
}

export function nameOf({ cohorts }: Pick<PictureSource, 'cohorts'>, cohort: number): string {
  const named = cohorts[cohort];
  if (cohort < 0) return 'in none';
  return named ? titleOf(named) : `cohort ${cohort + 1}`;
}

/** `c2 bought lately, spend much` */
export function titleOf({ key, name }: NamedCohort): string {
  return key === undefined ? name : `${key} ${name}`;
}

export interface CohortFrame {
  readonly heading: string;
  readonly summary: string;
  readonly height: number;
  readonly body: readonly string[];
}

/** Lines of the summary, so that the body knows where it begins. */
export function summaryLines(summary: string): readonly string[] {
  return wrap(summary, Math.floor((right - left) / (12 * 0.56)));
}

/** First line under heading and summary. */
export function bodyTop(summary: string): number {
  return 54 + 18 * (summaryLines(summary).length - 1) + 30;
}

/** @returns an SVG document */
export function cohortPicture({ heading, summary, height, body }: CohortFrame): string {
  return picture({
    width,
    height,
    title: heading,
    description: summary,
    body: [
      styles,
      label(left, 34, shorten(heading, 76), 'heading'),
      ...summaryLines(summary).map((text, at) => label(left, 54 + 18 * at, text, 'quiet')),
      ...body,
    ],
  });
}

/** `Buying rhythm: customers by behaviour, 90d to 2026-01-31` */
export function sourceText({ title, method, window, asOf }: PictureSource): string {
  return `${title}: ${method}, ${window === 'lifetime' ? 'lifetime' : window} to ${asOf}`;
}

/** Breaks a text at spaces, never inside a number or before its percent sign. */
export function wrap(text: string, mostCharacters: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll(/(\d) (?=\d{3}(?!\d)|%)/g, '$1\u00a0').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= mostCharacters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(shorten(word, mostCharacters));
  }
  return lines.length === 0 ? [''] : lines;
}

const legendRow = 18;

/** Cohorts below each other, each with its colour, name and size; beyond the colours, how many more. */
export function legend(source: Pick<PictureSource, 'cohorts'>, x: number, y: number, mostWidth: number): readonly string[] {
  const shown = source.cohorts.slice(0, colours);
  const more = source.cohorts.length - shown.length;
  return [
    ...shown.flatMap((named, cohort) => {
      const count = formatCount(named.size);
      const room = Math.floor((mostWidth - 18 - textWidth(count) - 8) / 7.2);
      return [
        box(x, y + cohort * legendRow - 10, 11, 11, fillOf(cohort)),
        label(x + 18, y + cohort * legendRow, shorten(titleOf(named), room)),
        label(x + mostWidth, y + cohort * legendRow, count, 'end quiet'),
      ];
    }),
    ...(more <= 0 ? [] : [label(x + 18, y + shown.length * legendRow, `and ${more} more, in grey`, 'quiet')]),
  ];
}

export function legendHeight({ cohorts }: Pick<PictureSource, 'cohorts'>): number {
  return legendRow * (Math.min(colours, cohorts.length) + (cohorts.length > colours ? 1 : 0));
}

/** Coordinates with one decimal, as everywhere in the pictures. */
export function px(value: number): string {
  const fixed = value.toFixed(1);
  return fixed.endsWith('.0') ? fixed.slice(0, -2) : fixed;
}
