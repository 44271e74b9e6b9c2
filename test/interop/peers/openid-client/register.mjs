// Registers an application with openid-client and prints what it is registered with. ISSUER, INITIAL_ACCESS_TOKEN, APP_URL.
import * as oidc from 'openid-client';

const { ISSUER, INITIAL_ACCESS_TOKEN, APP_URL } = process.env;

const description = {
  client_name: 'An application of its own',
  redirect_uris: [`${APP_URL}/callback`],
  post_logout_redirect_uris: [`${APP_URL}/`],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_basic',
};
const config = await oidc.dynamicClientRegistration(new URL(ISSUER), description, undefined, {
  initialAccessToken: INITIAL_ACCESS_TOKEN,
  // On a development machine alone.
  execute: ISSUER.startsWith('http://localhost:') ? [oidc.allowInsecureRequests] : [],
});

console.log(JSON.stringify(config.clientMetadata()));
