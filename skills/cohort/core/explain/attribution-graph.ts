/**
 * How a number came about, as a graph: signals make features, features make groups, groups feed base models, models are weighed and
 * calibrated into the value. What flows into a node adds up to what flows out of it; a graph that does not close is refused.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { compareText, sum } from '../../../sdk/numeric/index.ts';

export type AttributionKind = 'signals' | 'feature' | 'group' | 'model' | 'base' | 'ensemble' | 'calibration' | 'value';

export interface AttributionNode {
  readonly id: string;
  readonly kind: AttributionKind;
  readonly label: string;
  /** In the unit of the value. */
  readonly value: number;
}

export interface AttributionEdge {
  readonly from: string;
  readonly to: string;
  /** Part of the value that flows along it. */
  readonly value: number;
}

export interface AttributionGraph {
  readonly nodes: readonly AttributionNode[];
  readonly edges: readonly AttributionEdge[];
}

/** Rounding of sums, relative to the largest flow. */
const tolerance = 1e-9;

/**
 * Puts a graph in order and checks it: every node that something flows into holds what flows in, and passes on what it holds.
 * @throws {CohortiumError} EXPLANATION_UNFAITHFUL naming the node that does not add up; ARGUMENT_INVALID for an edge to nowhere
 */
export function attributionGraph(nodes: readonly AttributionNode[], edges: readonly AttributionEdge[]): AttributionGraph {
  const ids = new Set(nodes.map(({ id }) => id));
  const lost = edges.find(({ from, to }) => !ids.has(from) || !ids.has(to));
  if (lost)
    throw new CohortiumError('ARGUMENT_INVALID', `an edge leads from '${lost.from}' to '${lost.to}'; both must be nodes of the graph`);
  const largest = Math.max(1, ...nodes.map(({ value }) => Math.abs(value)), ...edges.map(({ value }) => Math.abs(value)));
  for (const { id, value } of nodes) {
    for (const [side, flows] of [
      ['in', edges.filter(({ to }) => to === id)],
      ['out', edges.filter(({ from }) => from === id)],
    ] as const) {
      const flow = sum(flows.map((edge) => edge.value));
      if (flows.length === 0 || Math.abs(flow - value) <= tolerance * largest) continue;
      throw new CohortiumError(
        'EXPLANATION_UNFAITHFUL',
        `node '${id}' holds ${value}, but ${flow} flows ${side}; the explanation does not close`,
      );
    }
  }
  return {
    nodes: [...nodes].sort((a, b) => compareText(a.id, b.id)),
    edges: [...edges].sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
  };
}

/** The graph in the language of Graphviz. @see https://graphviz.org/doc/info/lang.html */
export function dotOfGraph({ nodes, edges }: AttributionGraph, formatValue: (value: number) => string): string {
  const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ')}"`;
  return [
    'digraph attribution {',
    '  rankdir=LR;',
    '  node [shape=box, fontname="sans-serif"];',
    ...nodes.map(({ id, label, value }) => `  ${quote(id)} [label=${quote(`${label}: ${formatValue(value)}`)}];`),
    ...edges.map(({ from, to, value }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(formatValue(value))}];`),
    '}',
    '',
  ].join('\n');
}
