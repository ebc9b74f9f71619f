import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../skills/sdk/index.ts';
import { blockedPatterns, blockedValues, defaultIdentityRules, identityRulesSchema, readIdentityRules } from './identity-rules.ts';

const attributes = ['residency', 'city'];
const faults = (yaml: string): string[] => readIdentityRules(yaml, 'identity.yaml', attributes).diagnostics.map(formatDiagnostic);

describe('identity rules', () => {
  it('are the shipped ones where nothing is said', () => {
    for (const text of ['', '# nothing\n', '{}', 'kinds: {}\n'])
      expect(readIdentityRules(text, 'identity.yaml', attributes).rules).toEqual(defaultIdentityRules);
    expect(defaultIdentityRules.matching.autoLinkAbove).toBeUndefined();
    expect(identityRulesSchema.parse(JSON.parse(JSON.stringify(defaultIdentityRules)))).toEqual(defaultIdentityRules);
  });

  it('keep what is shipped beside what is declared', () => {
    const { rules } = readIdentityRules('kinds:\n  email: { users: 3 }\nblocked: { values: [" Walk-In "] }\n', 'identity.yaml', attributes);
    expect(rules?.kinds.email).toEqual({ users: 3, days: 365, confidence: 0.98 });
    expect(rules && blockedValues(rules)).toEqual(expect.arrayContaining(['null', 'walk-in']));
    const own = { ...defaultIdentityRules, blocked: { shipped: false, values: ['x'], patterns: ['^t'] } };
    expect([blockedValues(own), blockedPatterns(own)]).toEqual([['x'], [/^t/iu]]);
  });

  it.each([
    ['prority: []\n', "identity.yaml:1:1: error CONFIG_INVALID: unknown key 'prority'"],
    ['priority: [email, user, loyalty, phone, anonymous]\n', 'identity.yaml:1:1: error CONFIG_INVALID: priority: all of user, loyalty'],
    ['priority: [user, user, email, phone, anonymous]\n', 'identity.yaml:1:1: error CONFIG_INVALID: priority: all of'],
    ['kinds:\n  user: { users: 2 }\n', "identity.yaml:2:3: error CONFIG_INVALID: unknown key 'user' in kinds"],
    ['kinds:\n  phone: { confidence: 1 }\n', 'identity.yaml:2:12: error CONFIG_INVALID: kinds.phone.confidence:'],
    ['household: { email: 3 }\n', "identity.yaml:1:14: error CONFIG_INVALID: unknown key 'email' in household"],
    ['usersJoinedBy: [user]\n', 'identity.yaml:1:17: error CONFIG_INVALID: usersJoinedBy[0]:'],
    ['blocked:\n  patterns: ["["]\n', 'identity.yaml:2:14: error CONFIG_INVALID: blocked.patterns[0]: a regular expression was expected'],
    [
      'matching: { reviewAbove: 0.9, autoLinkAbove: 0.8 }\n',
      'identity.yaml:1:31: error CONFIG_INVALID: matching.autoLinkAbove: a probability of at least',
    ],
    ['matching: { blocking: [[shoeSize]] }\n', 'identity.yaml:1:25: error CONFIG_INVALID: matching.blocking[0][0]:'],
    [
      'fields:\n  shoe: { policy: most-recent }\n',
      "identity.yaml:2:3: error CONFIG_INVALID: fields: 'shoe' is no declared attribute; there are: default, residency, city",
    ],
    ['fields:\n  city: { policy: most-trusted-source }\n', 'identity.yaml:2:3: error CONFIG_INVALID: fields.city.sources:'],
    ['fields:\n  city: { policy: newest }\n', 'identity.yaml:2:11: error CONFIG_INVALID: fields.city.policy:'],
    ['kinds: [\n', 'identity.yaml:'],
    ['- a\n', 'identity.yaml:1:1: error CONFIG_INVALID:'],
  ])('refuse %j and say where', (yaml, expected) => {
    expect(readIdentityRules(yaml, 'identity.yaml', attributes).rules).toBeUndefined();
    expect(faults(yaml)[0]).toContain(expected);
  });

  it('name every fault at once', () => {
    expect(faults('household: { phone: 0 }\nbreakers: { size: 1 }\nsurprise: 1\n')).toHaveLength(3);
  });
});
