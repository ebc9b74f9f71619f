/** A policy source as the embedded engine takes it: the same rules, with their Cedar text. */
import type { PolicySource } from '../../../agents/adapters/policy-engine/engine.ts';
import type { PolicyBundle } from '../../../agents/customer-data-graph/law/bundle.ts';
import { checkLaw } from '../../../agents/customer-data-graph/law/read-law.ts';
import { cedarText } from '../../../skills/gate/core/policy/cedar-text.ts';
import { always } from '../../../skills/gate/core/policy/condition.ts';
import { purposes } from '../../../skills/gate/schemas.ts';
import type { Digest } from '../../../skills/sdk/index.ts';

export function bundleOf({ digest, rules, facts }: PolicySource): PolicyBundle {
  const { law } = checkLaw();
  return {
    digest: digest as Digest, // made by digestOf, or read from a bundle
    law,
    // A rule that only Cedar can say is one whose text reads a fact in a way of its own.
    rules: rules.map((rule) =>
      rule.cedar === '' ? { ...rule, cedar: cedarText({ ...rule, condition: rule.condition ?? always }) } : rule,
    ),
    regimes: [],
    facts,
    purposes,
    stated: {},
  };
}
