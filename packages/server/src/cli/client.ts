import type { Command } from 'commander';
import type { ClientOptions } from './client-options.ts';
import {
  type CommandParts,
  type CommonOptions,
  group,
  localCommand,
  repeated,
  type TenantOption,
  wholeNumber,
  withTenant,
} from './command.ts';

type Options = CommonOptions & TenantOption;
type AddOptions = Options & ClientOptions & { readonly id: string; readonly secretStdin?: boolean };

export function registerClient(program: Command, parts: CommandParts): void {
  const { terminal } = parts;
  const client = group(program, 'client', 'Clients: who may ask for tokens.', 'countersign client list');

  const add = localCommand(
    client,
    'add',
    'Register a client. A generated secret is shown once.',
    'countersign client add --id web --redirect-uri https://app.example/callback\ncountersign client add --id job --grant client_credentials --scope "read write"\ncountersign client add --id tv --public --grant device_code --grant refresh_token',
  ).requiredOption('--id <id>', 'client id');
  metadataOptions(withTenant(add))
    .option('--public', 'a client that cannot keep a secret: no authentication, PKCE always')
    .option('--secret-stdin', 'read the secret from standard input')
    .action(async (options: AddOptions) => {
      const { addClient } = await import('./client-actions.ts');
      await addClient(terminal, options);
    });

  withTenant(localCommand(client, 'list', 'List clients.', 'countersign client list --tenant acme'))
    .option('--after <id>', 'start after this client')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .action(async (options: Options & { after?: string; limit: number }) => {
      const { listClients } = await import('./client-actions.ts');
      await listClients(terminal, options);
    });

  withTenant(
    localCommand(
      client,
      'show <id>',
      'Show what a client is registered with.',
      'countersign client show web',
    ),
  ).action(async (id: string, options: Options) => {
    const { showClient } = await import('./client-actions.ts');
    await showClient(terminal, id, options);
  });

  metadataOptions(
    withTenant(
      localCommand(
        client,
        'set <id>',
        'Change members of a client; those not named stay.',
        'countersign client set web --redirect-uri https://app.example/new',
      ),
    ),
  )
    .option('--disable', 'no tokens for this client until it is enabled again')
    .option('--enable', 'undo --disable')
    .action(
      async (id: string, options: Options & ClientOptions & { disable?: boolean; enable?: boolean }) => {
        const { setClient } = await import('./client-actions.ts');
        await setClient(terminal, id, options);
      },
    );

  withTenant(
    localCommand(
      client,
      'preview',
      'Show which claims a client would be given for a person. Nothing is issued.',
      'countersign client preview --id web --user ada --scope "openid profile"',
    ),
  )
    .requiredOption('--id <id>', 'client id')
    .requiredOption('--user <user>', 'person, by id or user name')
    .option('--scope <scopes>', 'as the client would ask; without it, its default scope or all it may have')
    .action(async (options: Options & { id: string; user: string; scope?: string }) => {
      const { previewClient } = await import('./preview-actions.ts');
      await previewClient(terminal, options);
    });

  withTenant(
    localCommand(
      client,
      'remove <id>',
      'Remove a client; its tokens, consents and refresh tokens end.',
      'countersign client remove web',
    ),
  ).action(async (id: string, options: Options) => {
    const { removeClient } = await import('./client-actions.ts');
    await removeClient(terminal, id, options);
  });

  registerSecret(client, parts);
  registerRegistrationToken(client, parts);
}

function registerSecret(client: Command, { terminal }: CommandParts): void {
  const secret = group(
    client,
    'secret',
    'The secrets of a client: two may live at once.',
    'countersign client secret add web',
  );

  withTenant(
    localCommand(
      secret,
      'add <id>',
      'Add a second secret, shown once.',
      'countersign client secret add web --expires-in 7776000',
    ),
  )
    .option('--secret-stdin', 'read it from standard input instead of generating one')
    .option('--expires-in <seconds>', 'when it ends; without it never', wholeNumber)
    .action(async (id: string, options: Options & { secretStdin?: boolean; expiresIn?: number }) => {
      const { addSecret } = await import('./client-actions.ts');
      await addSecret(terminal, id, options);
    });

  withTenant(
    localCommand(
      secret,
      'expire <id> <secret-id>',
      'End a secret, at once or later.',
      'countersign client secret expire web k3Jd09aQx2Zt --in 3600',
    ),
  )
    .option('--in <seconds>', 'how long it still works', wholeNumber, 0)
    .action(async (id: string, secretId: string, options: Options & { in: number }) => {
      const { expireSecret } = await import('./client-actions.ts');
      await expireSecret(terminal, id, secretId, options);
    });
}

function registerRegistrationToken(client: Command, { terminal }: CommandParts): void {
  const tokens = group(
    client,
    'registration-token',
    'Initial access tokens: with one, a client registers itself (RFC 7591).',
    'countersign client registration-token add --uses 5',
  );
  const actions = () => import('./registration-token-actions.ts');

  withTenant(
    localCommand(
      tokens,
      'add',
      'Make a token, shown once. The tenant must take registrations: tenant set --dynamic-registration token.',
      'countersign client registration-token add --uses 5 --expires-in 86400',
    ),
  )
    .option('--uses <number>', 'how many clients may come with it', wholeNumber, 1)
    .option('--expires-in <seconds>', 'when it ends', wholeNumber, 604_800)
    .action(async (options: Options & { uses: number; expiresIn: number }) =>
      (await actions()).addRegistrationToken(terminal, options),
    );

  withTenant(
    localCommand(
      tokens,
      'list',
      'List the tokens that have not expired.',
      'countersign client registration-token list',
    ),
  ).action(async (options: Options) => (await actions()).listRegistrationTokens(terminal, options));

  withTenant(
    localCommand(
      tokens,
      'revoke <token-id>',
      'End a token at once. Clients that came with it stay.',
      'countersign client registration-token revoke 4f1c0f6f2a9b7d31',
    ),
  ).action(async (id: string, options: Options) =>
    (await actions()).revokeRegistrationToken(terminal, id, options),
  );
}

function metadataOptions(command: Command): Command {
  return command
    .option('--name <name>', 'name shown to people')
    .option('--metadata <file>', 'registered members as JSON: logo_uri, …')
    .option('--auth-method <method>', 'client_secret_basic, client_secret_post, private_key_jwt, none')
    .option('--redirect-uri <uri>', 'where codes are sent; repeatable', repeated)
    .option('--post-logout-redirect-uri <uri>', 'where signing out may lead; repeatable', repeated)
    .option('--backchannel-logout-uri <uri>', 'where it is told that a session has ended')
    .option(
      '--grant <grant>',
      'authorization_code, refresh_token, client_credentials, device_code; repeatable',
      repeated,
    )
    .option('--scope <scopes>', 'what it may ask for, separated by spaces')
    .option('--default-scope <scopes>', 'what it gets without asking')
    .option('--audience <uri>', 'resource its tokens may be for; repeatable', repeated)
    .option('--allowed-origin <origin>', 'origin of pages that may call; repeatable', repeated)
    .option('--jwks <file>', 'public keys (JWK set) for private_key_jwt')
    .option('--jwks-uri <url>', 'where the client publishes them')
    .option('--application-type <type>', 'web or native')
    .option('--id-token-alg <algorithm>', 'how ID tokens are signed: ES256, RS256, …')
    .option(
      '--no-require-pkce',
      'allow codes without PKCE (confidential clients only; a nonce is then required)',
    )
    .option('--subject-type <type>', 'public or pairwise (a `sub` per sector)')
    .option('--sector-identifier-uri <uri>', 'names the sector of several hosts')
    .option('--sender-constraint <kind>', 'none, dpop, mtls or any')
    .option('--first-party', 'ask people for no consent');
}
