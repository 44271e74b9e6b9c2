// A program on a device without a browser, with openid-client. ISSUER, CLIENT_ID.
import * as oidc from 'openid-client';

const { ISSUER, CLIENT_ID } = process.env;

const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, undefined, oidc.None(), {
  // On a development machine alone.
  execute: ISSUER.startsWith('http://localhost:') ? [oidc.allowInsecureRequests] : [],
});

const asked = await oidc.initiateDeviceAuthorization(config, {
  scope: 'openid profile email offline_access',
});
console.log(`Open ${asked.verification_uri} and enter ${asked.user_code}`);
const tokens = await oidc.pollDeviceAuthorizationGrant(config, asked);
const person = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);

console.log(JSON.stringify(person));
