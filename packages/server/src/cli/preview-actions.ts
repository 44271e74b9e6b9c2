import { OAuthError, parseScope, resolveScope } from '@countersign/protocol';
import { issuerOf } from '../http/issuer.ts';
import { claimsForScope, createMappedClaims, createPublicSubjects } from '../subjects/index.ts';
import { systemClock, systemRandom } from '../system.ts';
import { audienceFor } from '../token/audience.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { CommandError } from './command-error.ts';
import { withInstance } from './instance.ts';
import { printable, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption & { id: string; user: string; scope?: string };

/** Everything a client would be told of a person, but what belongs to one sign-in. Issues nothing and writes nothing. */
export async function previewClient(terminal: Terminal, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ config, tenants, clients, users, store }) => {
    const tenant = await tenants.get(options.tenant);
    const client = await clients.get(tenant.id, options.id);
    const user = await users.get(tenant.id, options.user);
    const scope = chosenScope(options.scope, client.metadata.scope, client.metadata.defaultScope);
    const publicSubjects = createPublicSubjects({
      store: store.pairwiseSubjects,
      changes: store.changes,
      random: systemRandom,
      clock: systemClock,
    });
    try {
      const sub = (await publicSubjects.find(client, user.id)) ?? null;
      const findSubject = async () => user;
      const mapped = await createMappedClaims({ findSubject, groups: store.groups }).find(
        client,
        user.id,
        scope,
        ['id_token', 'userinfo', 'access_token'],
      );
      const issuer = issuerOf(tenant, config.server.publicUrl);
      const isOpenid = scope.includes('openid');
      const preview = {
        client_id: client.id,
        scope: scope.join(' '),
        id_token: isOpenid ? { iss: issuer, sub, aud: client.id, ...mapped.id_token } : null,
        userinfo: isOpenid ? { ...mapped.userinfo, sub, ...claimsForScope(user, scope) } : null,
        access_token: {
          iss: issuer,
          sub,
          aud: audienceFor(issuer, client, [], scope),
          client_id: client.id,
          scope: scope.join(' '),
          typ: user.kind,
          ...mapped.access_token,
        },
      };
      present(terminal, options, preview, () => [
        `What ${client.id} is told of ${printable(user.username ?? user.id)} for: ${scope.join(' ')}`,
        ...section('ID token', preview.id_token),
        ...section('Userinfo', preview.userinfo),
        ...section('Access token', preview.access_token),
        'Beside these stand the times, identifiers and methods of each sign-in.',
        ...(sub === null
          ? ['sub is null: an identifier of its own is made when the client first sees the person.']
          : []),
      ]);
    } finally {
      publicSubjects.close();
    }
  });
}

function chosenScope(
  asked: string | undefined,
  allowed: readonly string[],
  defaults: readonly string[],
): readonly string[] {
  try {
    return resolveScope({
      requested: asked === undefined ? undefined : parseScope(asked),
      allowed,
      defaults: defaults.length > 0 ? defaults : allowed,
      onUnknown: 'refuse',
    });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new CommandError(
      'invalid_scope',
      `The scope cannot be granted: ${error.description}.`,
      `This client may ask for: ${allowed.join(' ')}`,
      { cause: error },
    );
  }
}

function section(title: string, claims: object | null): readonly string[] {
  if (claims === null) return [`${title}: none, without the scope openid.`];
  return [
    `${title}:`,
    ...Object.entries(claims).map(([name, value]) => `  ${name}: ${printable(JSON.stringify(value))}`),
  ];
}
