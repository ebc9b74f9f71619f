/**
 * The few pieces that the pictures are drawn from. Coordinates have at most one decimal, so the same data gives the same bytes on
 * every machine. Colours follow the reader's light or dark setting.
 */

export interface PictureFrame {
  readonly width: number;
  readonly height: number;
  /** Read aloud first, and shown as a tooltip. */
  readonly title: string;
  /** What the picture shows, in one or two sentences with the main numbers. */
  readonly description: string;
  readonly body: readonly string[];
}

/** Class names are the vocabulary of all pictures; the same thing has the same colour everywhere. */
const styleSheet = `
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:12px;fill:#333f4d}
.ground{fill:#ffffff}.heading{font-size:16px;font-weight:600;fill:#16202c}.quiet{fill:#66727f}.end{text-anchor:end}.middle{text-anchor:middle}
.strong{font-weight:600;fill:#16202c}.grid{stroke:#e4e8ec;stroke-width:1}.axis{stroke:#9aa5b1;stroke-width:1}
.actual{stroke:#1f5fbf;fill:none;stroke-width:2.2}.expected{stroke:#d9670a;fill:none;stroke-width:2.2;stroke-dasharray:6 4}
.actual-dot{fill:#1f5fbf}.before{stroke:#8a949e;fill:none;stroke-width:1.6}.before-dot{fill:#ffffff;stroke:#8a949e;stroke-width:1.6}
.bar{stroke:#1f5fbf;stroke-width:1.2;opacity:.55}.cut{stroke:#66727f;stroke-width:1;stroke-dasharray:2 3}.zone{fill:#66727f;opacity:.06}
.expected-dot,.expected-bar{fill:#d9670a}.interval{stroke:#16202c;stroke-width:1.4}.tile{fill:#1f5fbf}.in-tile{fill:#16202c}.on-tile{fill:#ffffff}
@media(prefers-color-scheme:dark){text{fill:#c6d0da}.ground{fill:#11161d}.heading,.strong{fill:#f0f4f8}.quiet{fill:#93a0ad}.grid{stroke:#232c36}
.axis{stroke:#5c6873}.actual{stroke:#6ea8ff}.expected{stroke:#ff9d4d}.actual-dot{fill:#6ea8ff}.before-dot{fill:#11161d}.bar{stroke:#6ea8ff}
.expected-dot,.expected-bar{fill:#ff9d4d}.interval{stroke:#f0f4f8}.tile{fill:#3d7fe0}.in-tile{fill:#f0f4f8}.before{stroke:#93a0ad}}`;

export function picture({ width, height, title, description, body }: PictureFrame): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(description)}</desc>`,
    `<style>${styleSheet}</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

export function label(x: number, y: number, text: string, classes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${classes === '' ? '' : ` class="${classes}"`}>${escapeXml(text)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, classes: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${classes}"/>`;
}

export function path(points: readonly (readonly [number, number])[], classes: string): string {
  const steps = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return steps === '' ? '' : `<path d="${steps}" class="${classes}"/>`;
}

/** @param height ≥ 0, downwards from y */
export function box(x: number, y: number, boxWidth: number, height: number, classes: string, opacity?: number): string {
  const shade = opacity === undefined ? '' : ` opacity="${opacity.toFixed(2)}"`;
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(boxWidth)}" height="${round(height)}" class="${classes}"${shade}/>`;
}

export function dot(x: number, y: number, radius: number, classes: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" class="${classes}"/>`;
}

/** Maps data to pixels, and says where the grid lines are. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly most: number;
}

/**
 * A scale from zero to a round number at or above the largest value.
 * @param wantedTicks about how many grid lines
 */
export function zeroBasedScale(largest: number, from: number, to: number, wantedTicks: number): Scale {
  const reach = Number.isFinite(largest) && largest > 0 ? largest : 1;
  const step = roundStep(reach / wantedTicks);
  const count = Math.max(1, Math.ceil(reach / step - 1e-9));
  const most = step * count;
  return { at: (value) => from + ((to - from) * value) / most, ticks: Array.from({ length: count + 1 }, (_, at) => at * step), most };
}

/** Smallest of 1, 2, 2.5, 5 × 10^k at or above a size. */
function roundStep(size: number): number {
  const magnitude = Number(`1e${size.toExponential().split('e')[1] ?? '0'}`);
  return magnitude * ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= size * (1 - 1e-9)) ?? 10);
}

/** About how wide a text of the pictures is, in pixels; generous, so that nothing is cut where fonts differ. */
export function textWidth(text: string, size = 12): number {
  return Array.from(text).length * size * 0.6;
}

export function shorten(text: string, mostCharacters: number): string {
  const characters = Array.from(text);
  return characters.length > mostCharacters ? `${characters.slice(0, mostCharacters - 1).join('')}…` : text;
}

export function escapeXml(text: string): string {
  return text
    .replace(
      // eslint-disable-next-line no-control-regex
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '\ufffd',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(value: number): string {
  const fixed = value.toFixed(1);
  return fixed.endsWith('.0') ? fixed.slice(0, -2) : fixed;
}
