/** Signals of contact: where the merchant and the customer met, and how the customer answered. */
import { z } from 'zod';

import { count, prose, seconds, type SignalTypeDefinition, text } from './signal-parts.ts';

const campaign = text.optional();

export const engagementSignals = {
  visit: {
    title: 'Visit',
    says: 'The customer came: to a store or to the site.',
    properties: z.strictObject({ page: text.optional(), referrer: text.optional(), durationSeconds: seconds.optional() }),
  },
  call: {
    title: 'Call',
    says: 'The customer and the merchant spoke on the phone.',
    properties: z.strictObject({
      direction: z.enum(['inbound', 'outbound']),
      durationSeconds: seconds.optional(),
      outcome: text.optional(),
    }),
  },
  chat: {
    title: 'Chat',
    says: 'The customer wrote in a chat.',
    properties: z.strictObject({ action: z.enum(['start', 'message', 'end']), messages: count.optional(), topic: text.optional() }),
  },
  'email-engagement': {
    title: 'E-mail engagement',
    says: 'The customer received or answered an e-mail. Opens are noisy: mail programs open by themselves.',
    properties: z.strictObject({
      action: z.enum(['delivered', 'open', 'click', 'bounce', 'spam', 'unsubscribe']),
      campaign,
    }),
  },
  'sms-engagement': {
    title: 'SMS engagement',
    says: 'The customer received or answered a text message.',
    properties: z.strictObject({ action: z.enum(['delivered', 'click', 'reply', 'unsubscribe']), campaign }),
  },
  'push-engagement': {
    title: 'Push engagement',
    says: 'The customer received or tapped a push notification.',
    properties: z.strictObject({ action: z.enum(['received', 'tap', 'dismiss', 'bounce']), campaign }),
  },
  'social-engagement': {
    title: 'Social engagement',
    says: 'The customer acted on a social network.',
    properties: z.strictObject({
      action: z.enum(['follow', 'unfollow', 'like', 'comment', 'share', 'mention']),
      network: text.optional(),
      campaign,
    }),
  },
  'app-session': {
    title: 'App session',
    says: 'The customer opened, installed or left the app.',
    properties: z.strictObject({
      action: z.enum(['open', 'background', 'install', 'update', 'uninstall']),
      version: text.optional(),
      durationSeconds: seconds.optional(),
    }),
  },
  'support-contact': {
    title: 'Support contact',
    says: 'The customer asked for help.',
    properties: z.strictObject({
      action: z.enum(['open', 'reply', 'resolve', 'reopen']),
      ticket: text.optional(),
      topic: text.optional(),
    }),
  },
  'survey-response': {
    title: 'Survey response',
    says: 'The customer answered a survey.',
    properties: z.strictObject({
      survey: z.enum(['nps', 'csat', 'ces', 'other']),
      score: z.number().min(0).max(100).optional(),
      comment: prose.optional(),
    }),
  },
} as const satisfies Readonly<Record<string, SignalTypeDefinition>>;
