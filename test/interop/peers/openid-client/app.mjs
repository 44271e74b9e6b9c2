// A web application with openid-client and nothing else. ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT; DECRYPTION_KEY_FILE,
// a private JWK, where ID tokens are encrypted to it.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT, DECRYPTION_KEY_FILE } = process.env;

const authentication = oidc.ClientSecretBasic(CLIENT_SECRET);
const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, {
  // On a development machine alone.
  execute: ISSUER.startsWith('http://localhost:') ? [oidc.allowInsecureRequests] : [],
});

/** Sends the browser to the sign-in; what must be there when it comes back is kept in the session. */
async function start(session) {
  session.checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  };
  const { pkceCodeVerifier, expectedState: state, expectedNonce: nonce } = session.checks;
  return oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: `${APP_URL}/callback`,
    scope: 'openid profile email offline_access',
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
}

async function finish(session, url) {
  session.tokens = await oidc.authorizationCodeGrant(config, url, session.checks);
  session.claims = session.tokens.claims();
  session.idToken = session.tokens.id_token;
  session.person = await oidc.fetchUserInfo(config, session.tokens.access_token, session.claims.sub);
}

/** The answer holds the next refresh token: the one that was used has ended. */
async function refresh(session) {
  session.tokens = await oidc.refreshTokenGrant(config, session.tokens.refresh_token);
  session.person = await oidc.fetchUserInfo(config, session.tokens.access_token, session.claims.sub);
}

/** Where the person signs out at the server too, which sends the browser back. */
function signOut(session) {
  return oidc.buildEndSessionUrl(config, {
    id_token_hint: session.idToken,
    post_logout_redirect_uri: `${APP_URL}/`,
  });
}

/** From now on answers are taken that are encrypted to this key. */
async function decryptWith(file) {
  const jwk = JSON.parse(readFileSync(file, 'utf8'));
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']);
  oidc.enableDecryptingResponses(config, ['A256GCM'], { key, kid: jwk.kid, alg: 'ECDH-ES' });
}

if (DECRYPTION_KEY_FILE) await decryptWith(DECRYPTION_KEY_FILE);

const sessions = new Map();

/** Answers where the browser goes next, or undefined for the page that shows the session. */
async function act(url, session, id) {
  switch (url.pathname) {
    case '/login':
      return start(session);
    case '/callback':
      await finish(session, url);
      return '/';
    case '/refresh':
      await refresh(session);
      return '/';
    case '/logout':
      sessions.delete(id);
      return signOut(session);
    default:
      return undefined;
  }
}

createServer(async (request, response) => {
  const url = new URL(request.url, APP_URL);
  const id = /(?:^|; )app=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
  if (!sessions.has(id)) sessions.set(id, {});
  const session = sessions.get(id);
  response.setHeader('set-cookie', `app=${id}; Path=/; HttpOnly; SameSite=Lax`);
  try {
    const next = await act(url, session, id);
    if (next !== undefined) return response.writeHead(303, { location: next.toString() }).end();
    response.setHeader('content-type', 'application/json');
    const { person = null, claims = null, idToken = '' } = session;
    // A signed token has three parts, an encrypted one five.
    response.end(JSON.stringify({ person, claims, parts: idToken.split('.').length }));
  } catch (error) {
    response.writeHead(502).end(`${error.code ?? error.name}: ${error.message}`);
  }
}).listen(Number(PORT), '127.0.0.1');
