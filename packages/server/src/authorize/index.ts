export { type AuthorizeParts, createAuthorize, type Described } from './endpoint.ts';
export {
  createInteractions,
  type Interaction,
  type InteractionPurpose,
  type Interactions,
} from './interaction.ts';
export { createParRoute, type ParParts } from './par.ts';
