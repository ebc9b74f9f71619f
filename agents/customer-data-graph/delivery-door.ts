/** How messages to subscribers stand, and another attempt for those that were given up. */
import { CohortiumError } from '../../skills/sdk/index.ts';
import type { CustomerDataGraph, DeliveryStatus } from './interface.ts';
import type { Workspace } from './workspace.ts';

export function deliveryDoor(workspace: Workspace): Pick<CustomerDataGraph, 'deliveries' | 'redeliver'> {
  const status = (): DeliveryStatus => {
    const outbox = workspace.outbox();
    const deadLetters = outbox
      .deadLetters()
      .map(({ messageId, subscriber, attempts, code, reason }) => ({ messageId, subscriber, attempts, code, reason }));
    return { ...outbox.counts(), deadLetters };
  };
  return {
    deliveries: async () => status(),
    redeliver: async (messageIds, { signal } = {}) => {
      const outbox = workspace.outbox();
      const known = outbox.deadLetters().map(({ messageId }) => messageId);
      const unknown = messageIds.filter((id) => !known.includes(id));
      if (unknown.length > 0) {
        throw new CohortiumError('ARGUMENT_INVALID', `no dead letter ${unknown.join(', ')}; there are: ${known.join(', ') || 'none'}`);
      }
      outbox.requeue(messageIds.length > 0 ? messageIds : known);
      if (messageIds.length === 0) outbox.hasten();
      await outbox.deliverDue(signal ?? new AbortController().signal);
      return status();
    },
  };
}
