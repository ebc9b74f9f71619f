/** The pictures of a fairness audit: pure functions of their data. */
export { type ForestPicture, type ForestRow, impactForest } from './impact-forest.ts';
export { proxyBars, type ProxyPicture } from './proxy-bars.ts';
export { quantileCurves, type QuantilePicture } from './quantile-curves.ts';
