/** The decoders of the IAB, loaded at the first string: together they take a fifth of a second, and most processes see none. */
import { createRequire } from 'node:module';

import type * as Gpp from '@iabgpp/cmpapi';
import type * as Tcf from '@iabtcf/core';

const require = createRequire(import.meta.url);
let gpp: typeof Gpp | undefined;
let tcf: typeof Tcf | undefined;

export function iabGpp(): typeof Gpp {
  return (gpp ??= require('@iabgpp/cmpapi') as typeof Gpp); // its own types
}

export function iabTcf(): typeof Tcf {
  return (tcf ??= require('@iabtcf/core') as typeof Tcf); // its own types
}
