import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

import { openSession, type PolicySession } from '../../../agents/adapters/cedar/policy-session.ts';
import type { EngineQuestion, EngineVerdict } from '../../../agents/adapters/policy-engine/engine.ts';
import { bundleOf } from './bundle-of.ts';
import { engineSuite } from './engine-suite.ts';

engineSuite(
  'Cedar, the embedded engine',
  async () => ({
    open: async (source) => {
      const session = openSession(cedar, bundleOf(source));
      return {
        name: 'cedar',
        ask: async (_source, questions) => questions.map((question) => decide(session, question)),
        close: async () => {},
      };
    },
    stop: async () => {},
  }),
  100,
  true,
);

function decide(session: PolicySession, question: EngineQuestion): EngineVerdict {
  const { outcome, policies, unknownFacts } = session.decide(question);
  return { kind: 'answered', outcome, reasons: policies.map(({ id, effect }) => ({ id, effect })), unknownFacts, tells: 'rules' };
}
