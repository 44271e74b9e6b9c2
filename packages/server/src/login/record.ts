import type { Interaction, Interactions } from '../authorize/index.ts';
import type { RequestContext } from '../http/context.ts';
import { PageError } from '../http/pages/index.ts';

const attempts = 3;

/**
 * Writes what a page found out into the waiting interaction. A form that is sent twice makes two compare-and-swaps
 * meet: the later one reads again, and its word stands.
 * @throws {PageError} `interaction-expired` when the interaction has ended
 */
export async function recordInInteraction(
  interactions: Pick<Interactions, 'find' | 'record'>,
  request: Request,
  context: RequestContext,
  interaction: Interaction,
  change: Parameters<Interactions['record']>[1],
): Promise<void> {
  let current: Interaction | undefined = interaction;
  for (let attempt = 0; attempt < attempts && current !== undefined; attempt += 1) {
    if (await interactions.record(current, change)) return;
    current = await interactions.find(request, context, interaction.id);
  }
  throw new PageError('interaction-expired', { detail: 'the interaction ended meanwhile' });
}
