// A single-page application with oidc-client-ts, in the browser alone.
const { UserManager } = window.oidc;
const { authority, client_id } = await (await fetch('/settings.json')).json();

const manager = new UserManager({
  authority,
  client_id,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile email offline_access',
  prompt: 'consent',
  loadUserInfo: true,
});

function show(user) {
  document.body.textContent = JSON.stringify(user?.profile ?? null);
}

// Tokens are renewed in the background, by refresh token.
manager.events.addUserLoaded(show);

switch (location.pathname) {
  case '/login':
    await manager.signinRedirect();
    break;
  case '/callback':
    await manager.signinCallback();
    history.replaceState(null, '', '/');
    break;
  case '/logout':
    await manager.signoutRedirect();
    break;
  default:
    show(await manager.getUser());
}
