/** Reliability diagrams as data; the pictures of them are drawn by the agent. */
export { binnedDiagram, type BinnedDiagram, type DiagramBin } from './binned.ts';
export { corpDiagram, type CorpDiagram, type CorpPool } from './corp.ts';
export type { ResamplingOptions } from './foretold-outcomes.ts';
