/** What a partner can do with requests: each only with its own. Types only. */
import type { RequestDoor } from '../request-interface.ts';

export type PartnerDoor = Pick<RequestDoor, 'receive' | 'show' | 'referred' | 'withdraw' | 'verify'>;
