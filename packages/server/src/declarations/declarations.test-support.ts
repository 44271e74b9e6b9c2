/** Plans against the services over a real store. */
import type { TestContext } from 'node:test';
import { createClientSecretVerifier } from '../clients/index.ts';
import { openServices } from '../tenants/services.test-support.ts';
import { exportDocuments, type Plan, planSources } from './index.ts';

export async function openDeclarations(context: TestContext) {
  const services = await openServices(context);
  const { tenants, clients, hasher, requester } = services;
  const plan = (text: string, { prune = false } = {}): Promise<Plan> =>
    planSources(
      [{ name: 'test.yaml', text, directory: '/' }],
      {
        tenants,
        clients,
        verifySecret: createClientSecretVerifier({ hasher }),
        env: { SECRET: 'a secret of a client', SHORT: 'too short' },
        requester,
        drafts: new Map(),
      },
      { prune },
    );
  const apply = async (made: Plan): Promise<void> => {
    for (const change of made.changes) await change.apply(requester);
  };
  const exported = async (tenant?: string): Promise<string> => {
    let text = '';
    for await (const document of exportDocuments(services, tenant)) text += document;
    return text;
  };
  return { ...services, plan, apply, exported };
}
