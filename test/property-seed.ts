/**
 * Property tests draw the same cases on every machine, so that a green suite stays green until somebody changes something.
 * PROPERTY_SEED=random draws new ones; a number repeats the run that printed it.
 */
import { randomInt } from 'node:crypto';

import fc from 'fast-check';

const given = process.env['PROPERTY_SEED'] ?? '20260101';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: given === 'random' ? randomInt(2 ** 31) : Number(given) });
