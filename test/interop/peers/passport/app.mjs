// An Express application with Passport and the strategy of openid-client. ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT,
// SESSION_SECRET.
import express from 'express';
import session from 'express-session';
import * as oidc from 'openid-client';
import { Strategy } from 'openid-client/passport';
import passport from 'passport';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT, SESSION_SECRET } = process.env;

const authentication = oidc.ClientSecretBasic(CLIENT_SECRET);
const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication);

const scope = 'openid profile email';
const options = { config, scope, callbackURL: `${APP_URL}/callback` };
const strategy = new Strategy(options, async (tokens, verified) => {
  const { sub } = tokens.claims();
  const person = await oidc.fetchUserInfo(config, tokens.access_token, sub);
  verified(null, { person, idToken: tokens.id_token });
});
passport.use('countersign', strategy);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }));
app.use(passport.session());
app.get('/login', passport.authenticate('countersign'));
app.get('/callback', passport.authenticate('countersign', { successRedirect: '/', failureRedirect: '/' }));
app.get('/logout', (request, response, next) => {
  const id_token_hint = request.user?.idToken;
  const signOut = oidc.buildEndSessionUrl(config, { id_token_hint, post_logout_redirect_uri: `${APP_URL}/` });
  request.logout((error) => (error ? next(error) : response.redirect(signOut.href)));
});
app.get('/', (request, response) => {
  response.json(request.user?.person ?? null);
});
app.listen(Number(PORT), '127.0.0.1');
