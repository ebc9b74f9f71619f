/**
 * A simulator of S3 that is not evidence of anything: where `MOTO_SERVER` names the program of moto 5 (`pip install "moto[server]"`), it
 * must be told from a server that locks. Opt-in, because it takes longer to install than all other tests take to run.
 */
import { spawn } from 'node:child_process';

import { S3Client } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';

import { openS3Store } from '../../../agents/adapters/object-lock/s3-store.ts';
import { freePorts } from '../../fixtures/free-ports.ts';
import { lockBucket, observe } from './behaviours.ts';

const program = process.env['MOTO_SERVER'];

it.skipIf(program === undefined)('does not take moto for a server that locks', async () => {
  const [port] = await freePorts(1);
  const server = spawn(program ?? '', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  onTestFinished(() => void server.kill('SIGKILL'));
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const isUp = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await new Promise((next) => setTimeout(next, 100));
  }
  const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' };
  const failing = (await observe({ endpoint, credentials })).filter(({ holds }) => !holds).map(({ behaviour }) => behaviour);
  expect(failing).toEqual(expect.arrayContaining(['a compliance lock is not shortened', 'a compliance lock is not removed']));
  const client = new S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true });
  const bucket = await lockBucket(client);
  const store = await openS3Store({ bucket, prefix: '', region: 'us-east-1', endpoint, credentials, pathStyle: true });
  await expect(store.prove('compliance', Date.now())).rejects.toMatchObject({
    code: 'ANCHOR_NOT_LOCKED',
    message: expect.stringContaining('an object was shortened'),
  });
  store.close();
  client.destroy();
});
