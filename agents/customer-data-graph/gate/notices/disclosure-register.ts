/**
 * The register of texts that have to be shown or sent: those that come with the gate, and over them what the operator's counsel has
 * approved. The newest version of a text that is in effect on the day counts. Refuses a jurisdiction for which it has none.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, compareText, formatDiagnostic, readYaml } from '../../../../skills/sdk/index.ts';
import { regimesFolder } from '../../law/read-law.ts';
import { type Disclosure, disclosureFileSchema, type DisclosureKind } from '../overlays/disclosure-schema.ts';

/** As shipped; their bytes are those of the manifest. @throws {CohortiumError} POLICY_INVALID */
export function shippedDisclosures(folder: string = join(regimesFolder, 'disclosures')): readonly Disclosure[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort(compareText)
    .flatMap((name) => {
      const file = `regimes/disclosures/${name}`;
      const { value, diagnostics } = readYaml(readFileSync(join(folder, name), 'utf8'), file, disclosureFileSchema, 'POLICY_INVALID');
      const [first] = diagnostics;
      if (!value) throw new CohortiumError('POLICY_INVALID', first ? formatDiagnostic(first) : `${file} is empty`, { diagnostics });
      return value.disclosures.map((one): Disclosure => ({ ...one, jurisdiction: value.jurisdiction, file }));
    });
}

/**
 * @param shipped with the gate
 * @param own of the operator, approved; of two with one id and version this one counts
 * @param places jurisdictions from the narrowest to the widest, such as `['US-NY', 'US']`
 * @param asOf ISO date
 * @throws {CohortiumError} ARGUMENT_INVALID when the register has no such text for any of the places on that day
 */
export function chooseDisclosure(
  shipped: readonly Disclosure[],
  own: readonly Disclosure[],
  kind: DisclosureKind,
  places: readonly string[],
  asOf: string,
): Disclosure {
  const inEffect = [...shipped, ...own].filter(
    (one) => one.kind === kind && one.effectiveFrom <= asOf && (one.effectiveTo === undefined || asOf <= one.effectiveTo),
  );
  for (const place of places) {
    const there = inEffect.filter(({ jurisdiction }) => jurisdiction === place);
    const newest = there.reduce<Disclosure | undefined>(
      (best, one) => (best === undefined || one.version >= best.version ? one : best),
      undefined,
    );
    if (newest) return newest;
  }
  const known = [...new Set(inEffect.map(({ jurisdiction }) => jurisdiction))].sort(compareText);
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `the register has no text of kind ${kind} for ${places.join(' or ') || 'nowhere'} on ${asOf}; ${
      known.length > 0 ? `it has one for ${known.join(', ')}` : 'it has none at all'
    }; policies/disclosures is where another goes`,
  );
}
