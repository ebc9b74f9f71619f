/** The last merges of the tree: how far apart are what each joins. Below the cut every branch is a cohort. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { axisFormat, valueGrid } from '../chart-parts.ts';
import { formatCompact } from '../format-number.ts';
import { label, line, zeroBasedScale } from '../svg.ts';
import { bodyTop, cohortPicture, left, legend, legendHeight, lineOf, type PictureSource, px, right, sourceText } from './cohort-frame.ts';

type DendrogramData = Extract<CohortPicture, { readonly kind: 'dendrogram' }>['data'];

const plotHeight = 300;
const plotRight = left + 460;

/** @returns an SVG document */
export function runDendrogram(source: PictureSource, { cut, nodes }: DendrogramData): string {
  const leaves = leavesInOrder(nodes);
  const summary = `${sourceText(source)}. ${leaves.length} branches at the bottom${cut === null ? '; one cohort' : `; what hangs below the dashed line is a cohort, ${source.cohorts.length} in all`}.`;
  const top = bodyTop(summary);
  const bottom = top + plotHeight;
  const y = zeroBasedScale(Math.max(0, ...nodes.map(({ height }) => height)), bottom, top, 5);
  const begin = left + 52;
  const step = (plotRight - begin) / Math.max(1, leaves.length);
  const places = new Map(leaves.map((leaf, at) => [leaf, begin + (at + 0.5) * step]));
  const xOf = (at: number): number => {
    const known = places.get(at);
    if (known !== undefined) return known;
    const joined = nodes[at]?.joins ?? [];
    const x = joined.reduce((sum, child) => sum + xOf(child), 0) / Math.max(1, joined.length);
    places.set(at, x);
    return x;
  };
  const heightOf = (at: number): number => ((nodes[at]?.joins.length ?? 0) === 0 ? bottom : y.at(nodes[at]?.height ?? 0));
  const everyOther = step < 34;
  const legendX = plotRight + 28;
  return cohortPicture({
    heading: 'How cohorts join',
    summary,
    height: Math.max(bottom + (everyOther ? 66 : 52), top + legendHeight(source) + 20),
    body: [
      label(left, top - 10, 'height of the merge (Ward)', 'quiet small'),
      ...valueGrid(y, begin, plotRight, axisFormat(y)),
      ...nodes.flatMap(({ joins }, at) =>
        joins.map((child) => branch(xOf(at), heightOf(at), xOf(child), heightOf(child), lineOf(nodes[child]?.cohort ?? -1))),
      ),
      ...(cut === null ? [] : [line(begin, y.at(cut), plotRight, y.at(cut), 'cut')]),
      ...leaves.map((leaf, at) =>
        label(
          xOf(leaf),
          bottom + 16 + (everyOther && at % 2 === 1 ? 14 : 0),
          formatCompact(nodes[leaf]?.customers ?? 0),
          'middle quiet small',
        ),
      ),
      label((begin + plotRight) / 2, bottom + (everyOther ? 52 : 38), 'customers of each branch', 'middle quiet'),
      ...legend(source, legendX, top + 10, right - legendX),
    ],
  });
}

function branch(parentX: number, parentY: number, childX: number, childY: number, classes: string): string {
  return `<path d="M${px(parentX)} ${px(parentY)}H${px(childX)}V${px(childY)}" class="${classes}" stroke-width="1.8"/>`;
}

/** Left to right as the tree has them, so that branches do not cross. */
function leavesInOrder(nodes: DendrogramData['nodes']): readonly number[] {
  const children = new Set(nodes.flatMap(({ joins }) => joins));
  const stack = [...nodes.keys()].filter((at) => !children.has(at)).reverse();
  const leaves: number[] = [];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const joins = nodes[at]?.joins ?? [];
    if (joins.length === 0) leaves.push(at);
    else stack.push(...joins.toReversed());
  }
  return leaves;
}
