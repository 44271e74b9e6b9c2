import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, localCommand } from './command.ts';
import { UsageError } from './command-error.ts';

export function registerBackup(program: Command, { terminal }: CommandParts): void {
  const actions = () => import('./backup-actions.ts');
  const backup = localCommand(
    program,
    'backup',
    'Write the store into one file, while the server works. The envelope key is not in it: keep a copy of that elsewhere.',
    'countersign backup --to /backup/monday.backup',
  )
    .option('--to <file>', 'a file that is not there yet')
    .action(async (options: CommonOptions & { to?: string }) => {
      if (options.to === undefined) throw new UsageError('--to names the file: countersign backup --to FILE');
      await (await actions()).makeBackup(terminal, { ...options, to: options.to });
    });

  localCommand(
    backup,
    'verify <file>',
    'Read every byte of a backup, and check every hash.',
    'countersign backup verify /backup/monday.backup',
  ).action(async (file: string, _: CommonOptions, command: Command) =>
    // An option that both commands know is taken by the first of them.
    (await actions()).verify(terminal, command.optsWithGlobals<CommonOptions>(), file),
  );

  localCommand(
    program,
    'restore',
    'Bring a backup back into an empty store. Everybody has to sign in again.',
    'countersign restore --from /backup/monday.backup --data-dir /var/lib/countersign',
  )
    .requiredOption('--from <file>', 'a backup')
    .addHelpText(
      'after',
      `
The data directory has to hold secrets/envelope.key, the one that was in use when the backup was made, and no store. With storage.url the
database has to be empty.

The copy does not know what was spent or revoked since it was made. Therefore all sessions, refresh tokens, codes, device codes, set-up links and
initial access tokens end, and this server answers for every access token from before that it is not active. A resource server that checks
JWTs by itself accepts one until it expires. A client secret or password that was changed since is the old one again: change it again.`,
    )
    .action(async (options: CommonOptions & { from: string }) =>
      (await actions()).restoreBackup(terminal, options),
    );
}
