/** Who is whom at one instant, in the neighbourhood of one customer. */
import { identityKinds, type IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { customerIdOf, type Identity, ownerOf } from '../identities/identity.ts';
import type { LoggedStatement } from '../identities/load-identities.ts';
import type { GraphLink, ResolvedGraph } from '../identities/resolve-graph.ts';
import { silences } from '../identities/silent-identities.ts';
import { confidenceOfReason, sourceOfReason } from '../identities/statement-reason.ts';
import type { IdentityLink } from './graph-interface.ts';

export interface LocalFacts {
  readonly names: readonly Identity[];
  readonly kind: Uint8Array;
  /** By identity number. */
  readonly firstMs: Float64Array;
  readonly untilMs: number;
  readonly rules: IdentityRules;
  readonly statements: readonly LoggedStatement[];
}

/** Who is whom at one instant. */
export class LocalView {
  readonly #facts: LocalFacts;
  readonly #resolved: ResolvedGraph;
  readonly #focus: number;

  constructor(facts: LocalFacts, resolved: ResolvedGraph, focus: number) {
    this.#facts = facts;
    this.#resolved = resolved;
    this.#focus = focus;
  }

  get customerId(): string {
    return this.customerOf(this.#focus);
  }

  customerOf(number: number): string {
    const name = this.#facts.names[this.#resolved.customer[number] ?? 0];
    return name ? customerIdOf(name) : '';
  }

  isKnown(number: number): boolean {
    return (this.#facts.firstMs[number] ?? Number.POSITIVE_INFINITY) <= this.#facts.untilMs;
  }

  /** Numbers of the customer's identities that are known by then. */
  get members(): readonly number[] {
    const own = this.#resolved.customer[this.#focus];
    const found: number[] = [];
    for (let number = 1; number < this.#resolved.customer.length; number++) {
      if (this.#resolved.customer[number] === own && this.isKnown(number)) found.push(number);
    }
    return found;
  }

  identityOf(number: number): Identity {
    return this.#facts.names[number] ?? { kind: 'anonymous', value: '' };
  }

  sinceMs(number: number): number {
    return this.#facts.firstMs[number] ?? 0;
  }

  silenceOf(number: number): string | null {
    const silence = silences[this.#resolved.silent[number] ?? 0] ?? '';
    return silence === '' ? null : silence;
  }

  /** Links of the customer's identities, whether they join or not. */
  get links(): readonly IdentityLink[] {
    const members = new Set(this.members);
    return this.#resolved.links.filter(({ left, right }) => members.has(left) || members.has(right)).map((link) => this.#describe(link));
  }

  /** Links by which two identities are one customer; none when they are not. The fewest that do it. */
  pathBetween(from: number, to: number): readonly IdentityLink[] {
    const joining = this.#resolved.links.filter(({ refusal }) => refusal === undefined);
    const cameBy = new Map<number, GraphLink | undefined>([[from, undefined]]);
    for (const place of cameBy.keys()) {
      // A map goes on to keys that are added while it is walked: breadth first.
      for (const link of joining) {
        const other = link.left === place ? link.right : link.right === place ? link.left : 0;
        if (other > 0 && !cameBy.has(other)) cameBy.set(other, link);
      }
    }
    const path: IdentityLink[] = [];
    for (let place = to; ;) {
      const link = cameBy.get(place);
      if (!link) return place === from ? path.reverse() : [];
      path.push(this.#describe(link));
      place = link.left === place ? link.right : link.left;
    }
  }

  #describe({ left, right, source, firstMs, lastMs, evidence, refusal, statement }: GraphLink): IdentityLink {
    const said = this.#facts.statements[statement];
    return {
      left: ownerOf(this.identityOf(left)),
      right: ownerOf(this.identityOf(right)),
      source: said && source === 'statement' ? sourceOfReason(said.reason) : source,
      confidence: said ? confidenceOfReason(said.reason) : Math.min(this.#confidence(left), this.#confidence(right)),
      firstAt: instantText(firstMs),
      lastAt: instantText(lastMs),
      evidence,
      refusal: refusal ?? null,
      signalId: said?.id ?? null,
      reason: said && said.reason !== '' ? said.reason : null,
    };
  }

  #confidence(number: number): number {
    const kind = identityKinds[this.#facts.kind[number] ?? 0] ?? 'user';
    return kind === 'user' ? 1 : this.#facts.rules.kinds[kind].confidence;
  }
}

export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
