export { createAuthorize } from './endpoint.ts';
export {
  createInteractions,
  type Interaction,
  type Interactions,
} from './interaction.ts';
export { createParRoute } from './par.ts';
