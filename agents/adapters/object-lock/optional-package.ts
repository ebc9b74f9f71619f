/** Clients of object stores are optional packages: loaded when a store is opened, named when they are not there. */
import { CohortiumError } from '../../../skills/sdk/index.ts';

/**
 * @param load `() => import('…')`
 * @throws {CohortiumError} PACKAGE_MISSING
 */
export async function optionalPackage<Module>(name: string, range: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!isAbsent) throw cause;
    throw new CohortiumError('PACKAGE_MISSING', `${name} is not installed; run 'npm install ${name}@${range}'`, { cause });
  }
}
