/** What a protocol is given of a call over HTTP, and what it answers; types only. */

export interface ProtocolOptions {
  /** Where the tokens of controllers are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lets callbacks go to this machine; for tests of the operator's own. */
  readonly allowPrivate?: boolean;
}

export interface ProtocolCall {
  readonly method: string;
  /** What follows the address of the protocol, such as an id; empty for none. */
  readonly id: string;
  readonly bearer: string | undefined;
  readonly body: string;
}

export interface ProtocolAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text of JSON; null for no body. */
  readonly body: string | null;
}

export interface ProtocolDoor {
  /** The Data Rights Protocol; null where cohortium.yaml does not offer it. */
  readonly drp: {
    readonly requests: (call: ProtocolCall) => Promise<ProtocolAnswer>;
    readonly agents: (call: ProtocolCall) => Promise<ProtocolAnswer>;
  } | null;
  /** OpenDSR; null where cohortium.yaml does not offer it. */
  readonly openDsr: {
    readonly requests: (call: ProtocolCall) => Promise<ProtocolAnswer>;
    readonly discovery: (call: ProtocolCall) => Promise<ProtocolAnswer>;
  } | null;
  /** Tells partners what they have not been told; those that are due. Answers how many were taken. */
  readonly callBack: () => Promise<number>;
}
