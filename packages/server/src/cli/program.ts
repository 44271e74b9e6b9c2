/** The tree of commands. Each group loads what it needs when it runs, so that `--help` loads nothing. */
import { Command } from 'commander';
import { registerApply } from './apply.ts';
import { registerAudit } from './audit.ts';
import { registerBackup } from './backup.ts';
import { registerClient } from './client.ts';
import { type CommandParts, describe } from './command.ts';
import { registerConfig } from './config.ts';
import { registerConsent } from './consent.ts';
import { registerDev } from './dev.ts';
import { registerExport } from './export.ts';
import { registerGroup } from './group.ts';
import { registerInit } from './init.ts';
import { registerKey } from './key.ts';
import { registerMove } from './move.ts';
import { registerServe } from './serve.ts';
import { registerSession } from './session.ts';
import { registerTenant } from './tenant.ts';
import { registerToken } from './token.ts';
import { registerTour } from './tour.ts';
import { registerUser } from './user.ts';

export function createProgram(parts: CommandParts): Command {
  const { terminal } = parts;
  const program = describe(
    new Command('countersign'),
    'An identity server for people, agents, services and machines.',
    'countersign dev                                    start on http://localhost:9400\ncountersign client add --id web --redirect-uri https://app.example/callback',
  )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.err(text.replace(/\n$/, '')),
    })
    .showHelpAfterError('See: countersign --help');
  for (const register of [
    registerDev,
    registerServe,
    registerTour,
    registerInit,
    registerTenant,
    registerClient,
    registerUser,
    registerGroup,
    registerKey,
    registerToken,
    registerSession,
    registerConsent,
    registerApply,
    registerExport,
    registerAudit,
    registerConfig,
    registerMove,
    registerBackup,
  ]) {
    register(program, parts);
  }
  return program;
}
