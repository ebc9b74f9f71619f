/** Parameters of cells that borrow strength from each other: location, channel and brand, never segments of behaviour. */
export { type FactorCodes, type FactorEffects, type FactorName, factorNames } from './factor-effects.ts';
export { cellParameters, poolCells, type PooledCell, type PooledCells, type PoolInput, type PoolOptions } from './pool-cells.ts';
