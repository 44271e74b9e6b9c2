export { createAuthorize } from './endpoint.ts';
export {
  createInteractions,
  type Interaction,
  type InteractionPurpose,
  type Interactions,
  type WaitingLogout,
} from './interaction.ts';
export { acrReachedBy, isReachable, meetsAcr, reachableAcrs } from './levels.ts';
export { createParRoute } from './par.ts';
export { createRequestObjects } from './request-objects.ts';
export { responseModes } from './steps/response-mode.ts';
