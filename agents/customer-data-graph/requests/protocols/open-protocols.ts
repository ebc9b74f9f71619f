/**
 * The protocols that cohortium.yaml offers, over one request door, and the callbacks that partners asked for: told after every change,
 * tried again for a day, to public addresses only. Logs which partner and what failed; never whom a request is about.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readRequesters, type DrpAgent, type OpenDsrController } from '../../../../registries/requesters/requester.ts';
import { CohortiumError, isCohortiumError } from '../../../../skills/sdk/index.ts';
import { postCallback } from '../../../adapters/webhook/post-callback.ts';
import type { Workspace } from '../../workspace.ts';
import { readAnswers } from '../answers-file.ts';
import type { RequestState } from '../request-interface.ts';
import { callLimits } from './call-limits.ts';
import { drpDoor, drpStatus } from './drp-door.ts';
import { openDsrDoor, openDsrStatus, signedHeaders } from './open-dsr-door.ts';
import type { PartnerDoor } from './partner-door.ts';
import type { ProtocolDoor, ProtocolOptions } from './protocol-interface.ts';

/** Minutes until the next attempts; after the last the callback is given up, and status can still be asked for. */
const retryMinutes = [0, 1, 5, 15, 60, 240, 480, 960];
const timeoutMs = 10_000;
const shortestToken = 24;

/** @throws {CohortiumError} REQUESTER_INVALID; CONFIG_INVALID for a key that others can read */
export function openProtocols(
  workspace: Pick<Workspace, 'config' | 'paths' | 'clock' | 'requests' | 'logger'>,
  requests: PartnerDoor,
  { env, allowPrivate = false }: ProtocolOptions,
): ProtocolDoor {
  const { drp, openDsr } = workspace.config.requests;
  const partners = () => readRequesters(join(workspace.paths.registries, 'requesters'));
  const agents = (): readonly DrpAgent[] => partners().flatMap((one) => (one.kind === 'drp-agent' ? [one] : []));
  const controllers = (): readonly (OpenDsrController & { readonly token: string })[] =>
    partners().flatMap((one) => {
      if (one.kind !== 'open-dsr-controller') return [];
      const token = env[one.tokenEnv] ?? '';
      return token.length >= shortestToken ? [{ ...one, token }] : [];
    });
  const nowMs = (): number => workspace.clock.now();
  const limits = callLimits(() => performance.now());
  const refused = (partner: string, fault: string): void => workspace.logger.log({ event: 'partner-refused', partner, fault });
  const privateKey = (): string => (openDsr ? readKey(resolve(workspace.paths.directory, openDsr.keyFile)) : '');
  const shared = { requests, limits, allowPrivate, refused };
  const store = workspace.requests();

  const bodyFor = (
    state: RequestState,
    url: string,
  ): { readonly body: string; readonly headers: Readonly<Record<string, string>> } | undefined => {
    if (state.origin?.protocol === 'drp')
      return { body: JSON.stringify(drpStatus(state, readAnswers(), drp?.verificationUrl)), headers: {} };
    const controller = controllers().find(({ id }) => id === state.origin?.partner);
    if (!openDsr || !controller) return undefined;
    const body = JSON.stringify({ ...openDsrStatus(state, controller.controllerId), status_callback_url: url });
    return { body, headers: signedHeaders(body, openDsr.domain, createPrivateKey(privateKey())) };
  };

  return {
    drp: drp
      ? drpDoor({
          ...shared,
          businessId: drp.businessId,
          verificationUrl: drp.verificationUrl,
          agents,
          answers: readAnswers,
          keep: store.protocol,
          nowMs,
        })
      : null,
    openDsr: openDsr
      ? openDsrDoor({ ...shared, domain: openDsr.domain, certificateUrl: openDsr.certificateUrl, privateKey, controllers })
      : null,
    callBack: async () => {
      let taken = 0;
      for (const { request, url, attempts } of store.protocol.dueCallbacks(nowMs())) {
        const message = bodyFor(store.one(request), url);
        const why = message
          ? await postCallback({ url, allowPrivate, timeoutMs, ...message })
          : 'the partner is not in the registry any more';
        const next = retryMinutes[attempts + 1];
        store.protocol.settleCallback(
          request,
          url,
          why === undefined ? 'taken' : next === undefined ? 'given-up' : 'pending',
          nowMs() + (next ?? 0) * 60_000,
        );
        if (why === undefined) taken += 1;
        else workspace.logger.log({ event: 'callback-failed', request, fault: why.replaceAll(/[^A-Za-z0-9_-]+/g, '-') });
      }
      return taken;
    },
  };
}

/** @throws {CohortiumError} CONFIG_INVALID */
function readKey(file: string): string {
  try {
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CohortiumError('CONFIG_INVALID', `requests: openDsr: keyFile: ${file} has mode 0${mode.toString(8)}; expected 0600`);
    }
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (isCohortiumError(cause)) throw cause;
    throw new CohortiumError('CONFIG_INVALID', `requests: openDsr: keyFile: ${file} cannot be read`, { cause });
  }
}
