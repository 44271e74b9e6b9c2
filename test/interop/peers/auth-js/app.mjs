// An Express application with Auth.js. ISSUER, CLIENT_ID, CLIENT_SECRET, PORT, and AUTH_SECRET, which Auth.js reads by itself.
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;

const countersign = {
  id: 'countersign',
  name: 'Countersign',
  type: 'oidc',
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  client: { id_token_signed_response_alg: 'ES256' },
  checks: ['pkce', 'state', 'nonce'],
  // The ID token says who signed in; name and e-mail address are served at userinfo.
  idToken: false,
};

const authConfig = {
  trustHost: true,
  providers: [countersign],
  callbacks: {
    jwt({ token, profile }) {
      return profile ? { ...token, sub: profile.sub, username: profile.preferred_username } : token;
    },
    session({ session, token }) {
      return { ...session, user: { ...session.user, id: token.sub, username: token.username } };
    },
  },
};

const app = express();
app.use('/auth', ExpressAuth(authConfig));
app.get('/', async (request, response) => {
  response.json(await getSession(request, authConfig));
});
app.listen(Number(PORT), '127.0.0.1');
