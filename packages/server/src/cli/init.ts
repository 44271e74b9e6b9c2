import { type Command, Option } from 'commander';
import { type CommandParts, type CommonOptions, localCommand } from './command.ts';

export function registerInit(program: Command, { terminal }: CommandParts): void {
  localCommand(
    program,
    'init',
    'Make a data directory with its configuration file and its secrets.',
    'countersign init --public-url https://login.example.com --bootstrap link',
  )
    .option('--public-url <url>', 'the https address that clients will use')
    .addOption(new Option('--bootstrap <mode>', 'how the first administrator comes about').choices(['link']))
    .action(async (options: CommonOptions & { publicUrl?: string; bootstrap?: string }) => {
      const { initialise } = await import('./init-actions.ts');
      await initialise(terminal, options);
    });
}
