/** The peers: how each is had on this machine, those that take longest first. */
import { join } from 'node:path';
import { repositoryRoot } from '../../../scripts/lib/tree.ts';
import { installFromDistribution } from './recipes/distribution.ts';
import { buildGo } from './recipes/go.ts';
import { buildMaven } from './recipes/maven.ts';
import { type Installed, installNpm, readVersion } from './recipes/npm.ts';
import { installPython } from './recipes/python.ts';
import { MissingTool } from './recipes/tool.ts';

export const catalogue = {
  'oauth2-proxy': () => {
    const module = 'github.com/oauth2-proxy/oauth2-proxy/v7';
    return buildGo('oauth2-proxy', module, module);
  },
  'spring-security': () => buildMaven('spring-security', 'spring-security-oauth2-client'),
  'go-oidc': () => buildGo('go-oidc', '.', 'github.com/coreos/go-oidc/v3'),
  authlib: () => installPython('authlib', 'authlib'),
  'auth-js': () => installNpm('auth-js', '@auth/express'),
  'oidc-client-ts': () => installNpm('oidc-client-ts', 'oidc-client-ts', ['page.mjs']),
  passport: () => installNpm('passport', 'passport'),
  'mod-auth-openidc': () =>
    installFromDistribution({
      name: 'Apache with mod_auth_openidc',
      variable: 'APACHE_PATH',
      programs: ['apache2'],
      files: ['/usr/lib/apache2/modules/mod_auth_openidc.so'],
      distributionPackages: ['apache2-bin', 'libapache2-mod-auth-openidc'],
    }),
  'openid-client': async (): Promise<Installed> => ({
    version: readVersion(join(repositoryRoot, 'node_modules/openid-client')),
    folder: '',
  }),
};

export type PeerName = keyof typeof catalogue;
export const peerNames = Object.keys(catalogue) as readonly PeerName[];

type InstalledPeer<Name extends PeerName> = Awaited<ReturnType<(typeof catalogue)[Name]>>;

/** What a test file needs of its peer: `skip` is the option of a suite, `installed()` what was installed. */
export interface Provided<Name extends PeerName> {
  readonly skip: string | false;
  /** @throws when there is a reason to skip */
  installed(): InstalledPeer<Name>;
}

/** Installs or builds the peer where that has not been done. @throws when it should work here and did not */
export async function providePeerNamed<Name extends PeerName>(name: Name): Promise<Provided<Name>> {
  try {
    const installed = (await catalogue[name]()) as InstalledPeer<Name>;
    return { skip: false, installed: () => installed };
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    return {
      skip: error.message,
      installed: () => {
        throw error;
      },
    };
  }
}
