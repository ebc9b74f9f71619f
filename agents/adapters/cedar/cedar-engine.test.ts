import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { smallLaw } from '../../../test/fixtures/small-law.ts';
import { createCedarEngine, type PolicyDecision, type PolicyQuestion, type Ruling } from './cedar-engine.ts';
import { decideAsThen } from './decide-as-then.ts';
import { openSession } from './policy-session.ts';

const law = smallLaw({ region: 'text', refused: 'boolean', child: 'boolean', points: 'integer' });
const policy = (id: string, outcome: string, purpose: string, condition: string, more = ''): string =>
  `@id("${id}")@outcome("${outcome}")@anchor("privacy")@citation("${id} § 1")@remedy("Stop.")${more}
forbid (principal, action == Action::"${purpose}", resource) when { ${condition} };\n`;
const policies = [
  policy('refusal', 'fail', 'offer-eligibility', 'context.region == "EU" && context.refused'),
  policy('children', 'counsel', 'offer-eligibility', 'context.child'),
  policy('old-credit', 'counsel', 'credit', 'context.refused', '@effectiveTo("2025-12-31")'),
  policy('new-credit', 'fail', 'credit', 'context.refused', '@effectiveFrom("2026-01-01")'),
  policy('overflow', 'fail', 'investor-reporting', 'context.points * 9223372036854775807 > 5'),
  policy('shelf', 'fail', 'investor-reporting', 'resource == Sink::"public"'),
].join('\n');

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'engine-'));
  writeFileSync(join(directory, 'p.cedar'), policies);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const calling = { signal: new AbortController().signal, idempotencyKey: 'test' };

function ask(question: Partial<PolicyQuestion>, rulingOf?: (key: string) => Ruling | undefined): Promise<PolicyDecision> {
  const engine = createCedarEngine({ directory, law, content: createMemoryContent(), ...(rulingOf ? { rulingOf } : {}) });
  return engine.examine({ facts: {}, purpose: 'offer-eligibility', sink: 'shop', asOf: '2026-06-01', ...question });
}
const ids = ({ policies: reasons }: PolicyDecision): string[] => reasons.map(({ id, effect }) => `${effect}:${id}`);

describe('the order of outcomes', () => {
  it('is pass when no policy applies', async () => {
    expect(await ask({ facts: { region: 'JP', refused: true, child: false } })).toMatchObject({ outcome: 'pass', policies: [] });
  });

  it('puts fail over counsel and gives both as reasons', async () => {
    const decision = await ask({ facts: { region: 'EU', refused: true, child: true } });
    expect(decision.outcome).toBe('fail');
    expect(ids(decision)).toEqual(['fail:refusal', 'counsel:children']);
  });

  it('carries anchor, citation and remedy', async () => {
    const { policies: reasons } = await ask({ facts: { region: 'EU', refused: true, child: false } });
    expect(reasons).toEqual([
      { id: 'refusal', regime: null, effect: 'fail', anchor: 'privacy', citation: 'refusal § 1', remedy: 'Stop.', verify: null },
    ]);
  });
});

describe('an unknown fact', () => {
  it('goes to counsel when it could matter, and is named', async () => {
    const decision = await ask({ facts: { region: '', refused: true, child: false } });
    expect(decision).toMatchObject({ outcome: 'counsel', unknownFacts: ['region'] });
    expect(ids(decision)).toEqual(['counsel:refusal']);
  });

  it('is no matter where another fact settles the policy, before or after it', async () => {
    expect((await ask({ facts: { region: '', refused: false, child: false } })).outcome).toBe('pass');
    expect((await ask({ facts: { region: 'JP', refused: '', child: false } })).outcome).toBe('pass');
  });

  it('does not soften a certain fail', async () => {
    expect(await ask({ facts: { region: 'EU', refused: true } })).toMatchObject({ outcome: 'fail', unknownFacts: [] });
  });

  it('is named beside a certain counsel only when it could make it a fail', async () => {
    expect((await ask({ facts: { region: 'EU', child: true } })).unknownFacts).toEqual(['refused']);
    expect((await ask({ facts: { region: 'JP', child: true } })).unknownFacts).toEqual([]);
  });

  it.each([undefined, null, '', 'perhaps', 7])('is what %j is for a yes-or-no fact', async (refused) => {
    expect((await ask({ facts: { region: 'EU', refused, child: 'false' } })).unknownFacts).toEqual(['refused']);
  });

  it('may be left out entirely', async () => {
    expect((await ask({})).unknownFacts).toEqual(['child', 'refused', 'region']);
  });
});

describe('the law of the day', () => {
  it.each([
    ['2025-12-31', 'counsel', 'old-credit'],
    ['2026-01-01', 'fail', 'new-credit'],
  ])('on %s is %s by %s', async (asOf, outcome, id) => {
    const decision = await ask({ purpose: 'credit', facts: { refused: true }, asOf });
    expect(decision.outcome).toBe(outcome);
    expect(decision.policies.map((reason) => reason.id)).toEqual([id]);
  });
});

describe('an evaluation that fails', () => {
  it('goes to counsel, naming the policy', async () => {
    const decision = await ask({ purpose: 'investor-reporting', facts: { points: 9 } });
    expect(decision.outcome).toBe('counsel');
    expect(ids(decision)).toEqual(['counsel:overflow']);
  });

  it('does not hide a certain fail', async () => {
    expect((await ask({ purpose: 'investor-reporting', facts: { points: 9 }, sink: 'public' })).outcome).toBe('fail');
  });
});

describe('the memo', () => {
  it('answers equal facts with the same decision, whatever else is known', async () => {
    const engine = createCedarEngine({ directory, law, content: createMemoryContent() });
    const question = { facts: { refused: true }, purpose: 'credit', sink: 'shop', asOf: '2026-06-01' };
    const first = await engine.examine(question);
    expect(await engine.examine({ ...question, facts: { refused: 'true', region: 'EU', shoeSize: '44' } })).toEqual(first);
    expect(await engine.examine({ ...question, asOf: '2026-06-02' })).toEqual(first);
    expect((await engine.examine({ ...question, sink: 'bank' })).key).not.toBe(first.key);
    expect((await engine.examine({ ...question, asOf: '2025-06-01' })).key).not.toBe(first.key);
  });

  it('takes no text for other facts, whatever is in it', async () => {
    const engine = createCedarEngine({ directory, law, content: createMemoryContent() });
    const decide = async (facts: PolicyQuestion['facts'], sink = 'shop') =>
      (await engine.examine({ facts, purpose: 'offer-eligibility', sink, asOf: '2026-06-01' })).outcome;
    expect(await decide({ region: 'JP', child: false })).toBe('pass');
    expect(await decide({ region: 'JP', child: true })).toBe('counsel');
    // What a memo might put between facts.
    for (const between of ['\ue000\u0002', '\u0001booleanfalse', ' false', ';false;', '5:false']) {
      expect(await decide({ region: `JP${between}` })).toBe('counsel');
      expect(await decide({ region: 'JP' }, `shop${between}`)).toBe('counsel');
    }
  });

  it('starts over when it is full, and answers as before', async () => {
    const { bundle } = await createCedarEngine({ directory, law, content: createMemoryContent() }).session();
    const session = openSession(cedar, bundle, 3);
    const decide = (sink: string) => session.decide({ facts: { refused: true }, purpose: 'credit', sink, asOf: '2026-06-01' });
    const first = decide('a');
    expect(decide('a')).toBe(first);
    ['b', 'c', 'd'].forEach(decide);
    expect(decide('a')).not.toBe(first);
    expect(decide('a')).toEqual(first);
  });
});

describe('what the operator states for every use', () => {
  it('counts where a question says nothing, and not where it says that a fact is unknown', async () => {
    const engine = createCedarEngine({ directory, law, stated: { refused: true }, content: createMemoryContent() });
    const question = { facts: {}, purpose: 'credit', sink: 'shop', asOf: '2026-06-01' };
    expect((await engine.examine(question)).outcome).toBe('fail');
    expect((await engine.examine({ ...question, facts: { refused: false } })).outcome).toBe('pass');
    expect(await engine.examine({ ...question, facts: { refused: null } })).toMatchObject({
      outcome: 'counsel',
      unknownFacts: ['refused'],
    });
  });

  it.each([
    [{ refusd: true }, "there is no fact 'refusd'"],
    [{ refused: 'perhaps' }, '\'refused\' is true or false, found "perhaps"'],
  ])('is refused as %j', async (stated, message) => {
    const engine = createCedarEngine({ directory, law, stated, content: createMemoryContent() });
    await expect(engine.policyDigest()).rejects.toThrow(message);
  });
});

describe('a policy that changes while a run goes on', () => {
  it('is not seen by the session that holds the older one, and is by the next', async () => {
    const changing = mkdtempSync(join(tmpdir(), 'engine-'));
    writeFileSync(join(changing, 'p.cedar'), policies);
    const engine = createCedarEngine({ directory: changing, law, content: createMemoryContent() });
    const question = { facts: { refused: true }, purpose: 'credit', sink: 'shop', asOf: '2026-06-01' };
    const before = await engine.session();
    expect(before.decide(question).outcome).toBe('fail');
    writeFileSync(
      join(changing, 'p.cedar'),
      policies.replace('"fail")@anchor("privacy")@citation("new-credit', '"counsel")@anchor("privacy")@citation("new-credit'),
    );
    const after = await engine.session();
    expect(before.decide({ ...question, sink: 'bank' }).outcome).toBe('fail');
    expect(after.decide(question).outcome).toBe('counsel');
    expect(after.bundle.digest).not.toBe(before.bundle.digest);
    rmSync(changing, { recursive: true });
  });

  it('is seen although a link in the folder leads nowhere', async () => {
    const changing = mkdtempSync(join(tmpdir(), 'engine-'));
    writeFileSync(join(changing, 'p.cedar'), policies);
    symlinkSync(join(changing, 'gone'), join(changing, '.#p.cedar.lock'));
    const engine = createCedarEngine({ directory: changing, law, content: createMemoryContent() });
    const before = await engine.policyDigest();
    writeFileSync(join(changing, 'p.cedar'), `${policies}\n// Another one.\n`);
    expect(await engine.policyDigest()).not.toBe(before);
    rmSync(changing, { recursive: true });
  });

  it('is read again when it was written while it was read', async () => {
    const changing = mkdtempSync(join(tmpdir(), 'engine-'));
    const file = join(changing, 'p.cedar');
    writeFileSync(file, policies);
    let readings = 0;
    const overlays = () => {
      if (++readings === 1) writeFileSync(file, `${policies}\n// Another one.\n`);
      return { rules: [], facts: {}, stated: {}, texts: [[`reading ${readings}`, '']] } as const;
    };
    const engine = createCedarEngine({ directory: changing, law, overlays, content: createMemoryContent() });
    await engine.session();
    expect(readings).toBe(2);
    const restless = () => {
      writeFileSync(file, `${policies}\n// ${'.'.repeat(++readings)}\n`);
      return { rules: [], facts: {}, stated: {}, texts: [] } as const;
    };
    const unsettled = createCedarEngine({ directory: changing, law, overlays: restless, content: createMemoryContent() });
    await expect(unsettled.session()).rejects.toThrow('is written all the time');
    rmSync(changing, { recursive: true });
  });
});

describe('a batch', () => {
  it('answers every vector in order and gives the digest of the folder', async () => {
    const content = createMemoryContent();
    const engine = createCedarEngine({ directory, law, content });
    const vectors = content.putJson([
      { facts: { region: 'EU', refused: 'true', child: 'false' }, purpose: 'offer-eligibility', sink: 'shop' },
      { facts: { refused: 'true' }, purpose: 'credit', sink: 'shop' },
      { facts: {}, purpose: 'investor-reporting', sink: 'shop' },
    ]);
    const { decisions, policyDigest, law: kept } = await engine.decide({ vectors, asOf: '2026-06-01' }, calling);
    const answered = content.getJson(decisions) as readonly PolicyDecision[]; // what the engine has just written
    expect(answered.map(({ outcome }) => outcome)).toEqual(['fail', 'fail', 'counsel']);
    expect(policyDigest).toBe(await engine.policyDigest());
    expect(await engine.decide({ vectors, asOf: '2026-06-01' }, calling)).toEqual({ decisions, policyDigest, law: kept });
  });

  it('is decided again by the law of then, with the rulings of then, whatever the folder says by now', async () => {
    const content = createMemoryContent();
    const folder = mkdtempSync(join(tmpdir(), 'then-'));
    writeFileSync(join(folder, 'p.cedar'), policies);
    const approved: Ruling = { review: 'r1', status: 'approved', by: 'Ada', note: '', policy: 'review:r1' };
    const engine = createCedarEngine({ directory: folder, law, content, rulingOf: () => approved });
    const vectors = content.putJson([
      { facts: { region: 'EU', refused: 'true', child: 'false' }, purpose: 'offer-eligibility', sink: 'shop' },
      { facts: { region: 'EU', refused: 'false', child: 'true' }, purpose: 'offer-eligibility', sink: 'shop' },
    ]);
    const then = await engine.decide({ vectors, asOf: '2026-06-01' }, calling);
    writeFileSync(join(folder, 'p.cedar'), policy('other', 'fail', 'offer-eligibility', 'context.child'));
    const notes: string[] = [];
    const replaying = decideAsThen(content, (_effect, taken) => notes.push(taken));
    expect(await replaying.decide({ vectors, asOf: '2026-06-01' }, { ...calling, recorded: JSON.parse(JSON.stringify(then)) })).toEqual(
      then,
    );
    expect(notes).toEqual(['rulings of persons on 1 cases']);
    const now = await engine.decide({ vectors, asOf: '2026-06-01' }, calling);
    expect(now.decisions).not.toEqual(then.decisions);
    expect(now.law).not.toEqual(then.law);
    await expect(replaying.decide({ vectors, asOf: '2026-06-01' }, calling)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    rmSync(folder, { recursive: true });
  });

  it('stops when it is cancelled', async () => {
    const content = createMemoryContent();
    const vectors = content.putJson([{ facts: {}, purpose: 'offer-eligibility', sink: 'shop' }]);
    const engine = createCedarEngine({ directory, law, content });
    await expect(
      engine.decide({ vectors, asOf: '2026-06-01' }, { ...calling, signal: AbortSignal.abort(new Error('cancelled')) }),
    ).rejects.toThrow('cancelled');
  });
});

describe('a question that cannot be asked', () => {
  it('has a purpose that is not declared', async () => {
    await expect(ask({ purpose: 'lottery' })).rejects.toThrow("purpose 'lottery' is not known; purposes are: analytics, ad-audience");
  });

  it.each(['2026-02-30', 'today', ''])('has the day %j', async (asOf) => {
    await expect(ask({ asOf })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

describe("a person's ruling", () => {
  const ruling = (status: Ruling['status']) => (): Ruling => ({ review: 'rev-1', status, by: 'Ada', note: 'seen', policy: 'review:rev-1' });

  it('turns counsel into pass or fail and says who decided', async () => {
    const approved = await ask({ facts: { region: 'JP', child: true } }, ruling('approved'));
    expect(approved).toMatchObject({ outcome: 'pass', ruling: { by: 'Ada' } });
    expect(approved.policies[0]).toMatchObject({ id: 'review:rev-1', citation: 'approved by Ada: seen' });
    const rejected = await ask({ facts: { region: 'JP', child: true } }, ruling('rejected'));
    expect(rejected.outcome).toBe('fail');
    expect(ids(rejected)).toEqual(['fail:review:rev-1', 'counsel:children']);
  });

  it('never overturns a fail', async () => {
    expect((await ask({ facts: { region: 'EU', refused: true } }, ruling('approved'))).outcome).toBe('fail');
  });
});

describe('a folder with a fault', () => {
  it('answers nothing, and answers again when it is mended', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'engine-'));
    writeFileSync(join(broken, 'p.cedar'), policies.replace('context.child', 'context.chlid'));
    const engine = createCedarEngine({ directory: broken, law, content: createMemoryContent() });
    const question = { facts: { child: false, region: 'JP' }, purpose: 'offer-eligibility', sink: 'shop', asOf: '2026-06-01' };
    await expect(engine.evaluate(question)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    writeFileSync(join(broken, 'p.cedar'), policies);
    expect((await engine.evaluate(question)).outcome).toBe('pass');
    rmSync(broken, { recursive: true });
  });
});

describe('a folder that decides what holds', () => {
  it('is looked at again when a file in it changes, though no policy did', async () => {
    const people = mkdtempSync(join(tmpdir(), 'people-'));
    let readings = 0;
    const overlays = () => {
      readings += 1;
      return { rules: [], facts: {}, stated: {}, texts: [] };
    };
    const engine = createCedarEngine({ directory, law, overlays, watched: [people], content: createMemoryContent() });
    await engine.policyDigest();
    await engine.policyDigest();
    expect(readings).toBe(1);
    writeFileSync(join(people, 'grace.json'), '{}');
    await engine.policyDigest();
    expect(readings).toBe(2);
    rmSync(people, { recursive: true });
  });
});
