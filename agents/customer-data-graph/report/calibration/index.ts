/** The pictures of calibration, as SVG documents: pure functions of the diagrams as data. */
export { binnedReliability } from './binned-reliability.ts';
export { corpReliability } from './corp-reliability.ts';
export type { DiagramSource } from './diagram-frame.ts';
export { tierQuality } from './tier-quality.ts';
