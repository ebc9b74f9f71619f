/** Disparate impact, measured: pure functions on columns, null where a table cannot tell. Decides nothing about anybody. */
export * from './alternatives.ts';
export * from './association.ts';
export * from './audit-attribute.ts';
export * from './bisg.ts';
export * from './detectable-ratio.ts';
export type { Feature } from './encode-features.ts';
export * from './impact-ratio.ts';
export * from './inequality.ts';
export * from './outcome-measures.ts';
export * from './proxies.ts';
export * from './quantile-impact.ts';
export * from './selection.ts';
export * from './standardized-difference.ts';
export * from './stratified-impact.ts';
export * from './surrogate.ts';
export * from './verdict.ts';
export * from './weighted-impact.ts';
