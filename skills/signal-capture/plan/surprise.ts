/** Something in a message that the tracking plan does not expect, and what was done about it. Counted, so that drift is seen. */
export interface Surprise {
  readonly kind: 'unplanned-event' | 'unplanned-property' | 'invalid-property' | 'unplanned-identity' | 'unplanned-category';
  /** Signal type, or '' when the message has none. */
  readonly type: string;
  /** Name of the event, property, identity or consent category; at most 100 characters, never a value. */
  readonly name: string;
  readonly action: 'block' | 'omit' | 'allow';
}
