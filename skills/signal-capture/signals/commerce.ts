/** Signals of shopping: what a customer bought, brought back, looked at or told others about. */
import { z } from 'zod';

import { instant } from './property-kinds.ts';
import { amountMinor, count, currency, optionalText, plainId, prose, quantity, type SignalTypeDefinition, text } from './signal-parts.ts';

export const commerceSignals = {
  purchase: {
    title: 'Purchase',
    says: 'The customer bought something. One line of a basket is one signal; lines of a basket share orderId.',
    properties: z.strictObject({
      orderId: text.optional(),
      amountMinor,
      currency,
      sku: text.optional(),
      quantity: quantity.optional(),
      /** Kind of goods, such as `grocery`; one of the cohort axes. */
      vertical: text.optional(),
      /** What brought the customer to this purchase, such as `paid-search`. */
      source: text.optional(),
    }),
  },
  return: {
    title: 'Return',
    says: 'The customer gave back goods; the amount is what was paid back, zero or more.',
    properties: z.strictObject({
      orderId: text.optional(),
      amountMinor,
      currency,
      sku: text.optional(),
      quantity: quantity.optional(),
      purchasedAt: instant.optional(),
      reason: text.optional(),
      vertical: text.optional(),
      source: text.optional(),
    }),
  },
  browse: {
    title: 'Browse',
    says: 'The customer looked at a product or a list of products.',
    properties: z.strictObject({ sku: text.optional(), category: text.optional(), page: text.optional() }),
  },
  search: {
    title: 'Search',
    says: 'The customer searched.',
    properties: z.strictObject({ query: optionalText, results: count.optional() }),
  },
  cart: {
    title: 'Cart',
    says: 'The customer changed a cart or started a checkout.',
    properties: z.strictObject({
      action: z.enum(['add', 'remove', 'view', 'checkout', 'abandon']),
      sku: text.optional(),
      quantity: quantity.optional(),
      amountMinor: amountMinor.optional(),
      currency: currency.optional(),
    }),
  },
  wishlist: {
    title: 'Wishlist',
    says: 'The customer changed a wishlist.',
    properties: z.strictObject({ action: z.enum(['add', 'remove', 'move-to-cart', 'share']), sku: text.optional() }),
  },
  review: {
    title: 'Review',
    says: 'The customer reviewed a product.',
    properties: z.strictObject({ sku: text.optional(), rating: z.number().min(0).max(5).optional(), body: prose.optional() }),
  },
  referral: {
    title: 'Referral',
    says: 'The customer recommended the merchant to somebody.',
    properties: z.strictObject({
      action: z.enum(['share', 'invite', 'complete']),
      /** The other person, by user id. */
      referredUserId: plainId.optional(),
      code: text.optional(),
    }),
  },
} as const satisfies Readonly<Record<string, SignalTypeDefinition>>;
