/** Elementary functions for inner loops: the same bits on every machine, and two to five times faster than those of `special.ts`. */
export { fastExp, fastExpm1 } from './exp.ts';
export { fastLog, fastLog1p, log1pOfFraction } from './log.ts';
