// A web application with go-oidc and golang.org/x/oauth2. ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Of one browser. The token source refreshes by itself and keeps the newest refresh token.
type session struct {
	state, nonce, verifier string
	source                 oauth2.TokenSource
	idToken                string
}

type application struct {
	provider *oidc.Provider
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier

	mutex    sync.Mutex
	sessions map[string]*session
}

func newApplication(ctx context.Context) (*application, error) {
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		return nil, err
	}
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		RedirectURL:  os.Getenv("APP_URL") + "/callback",
		Endpoint:     provider.Endpoint(),
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})
	return &application{provider: provider, config: config, verifier: verifier, sessions: map[string]*session{}}, nil
}

func (app *application) start(s *session) string {
	s.state, s.nonce, s.verifier = oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	return app.config.AuthCodeURL(s.state, oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier),
		oauth2.SetAuthURLParam("prompt", "consent"))
}

func (app *application) finish(ctx context.Context, s *session, request *http.Request) error {
	if s.state == "" || request.FormValue("state") != s.state {
		return errors.New("another state")
	}
	token, err := app.config.Exchange(ctx, request.FormValue("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		return err
	}
	rawIDToken, _ := token.Extra("id_token").(string)
	idToken, err := app.verifier.Verify(ctx, rawIDToken)
	if err != nil {
		return err
	}
	if idToken.Nonce != s.nonce {
		return errors.New("another nonce")
	}
	s.source, s.idToken = app.config.TokenSource(ctx, token), rawIDToken
	return nil
}

// Where the person signs out at the server too, which sends the browser back. go-oidc leaves this endpoint to its user.
func (app *application) signOut(s *session) (string, error) {
	var metadata struct {
		EndSessionEndpoint string `json:"end_session_endpoint"`
	}
	if err := app.provider.Claims(&metadata); err != nil {
		return "", err
	}
	query := url.Values{"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {os.Getenv("APP_URL") + "/"}}
	return metadata.EndSessionEndpoint + "?" + query.Encode(), nil
}

func (app *application) person(ctx context.Context, s *session) (map[string]any, error) {
	info, err := app.provider.UserInfo(ctx, s.source)
	if err != nil {
		return nil, err
	}
	claims := map[string]any{}
	return claims, info.Claims(&claims)
}

// The session of the browser; a new one where it has none.
func (app *application) sessionOf(response http.ResponseWriter, request *http.Request) *session {
	app.mutex.Lock()
	defer app.mutex.Unlock()
	if cookie, err := request.Cookie("app"); err == nil && app.sessions[cookie.Value] != nil {
		return app.sessions[cookie.Value]
	}
	id := oauth2.GenerateVerifier()
	app.sessions[id] = &session{}
	http.SetCookie(response, &http.Cookie{Name: "app", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return app.sessions[id]
}

func main() {
	ctx := context.Background()
	app, err := newApplication(ctx)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /login", func(response http.ResponseWriter, request *http.Request) {
		http.Redirect(response, request, app.start(app.sessionOf(response, request)), http.StatusSeeOther)
	})
	http.HandleFunc("GET /callback", func(response http.ResponseWriter, request *http.Request) {
		if err := app.finish(ctx, app.sessionOf(response, request), request); err != nil {
			http.Error(response, err.Error(), http.StatusBadGateway)
			return
		}
		http.Redirect(response, request, "/", http.StatusSeeOther)
	})
	http.HandleFunc("GET /logout", func(response http.ResponseWriter, request *http.Request) {
		s := app.sessionOf(response, request)
		next, err := app.signOut(s)
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadGateway)
			return
		}
		*s = session{}
		http.Redirect(response, request, next, http.StatusSeeOther)
	})
	http.HandleFunc("GET /{$}", func(response http.ResponseWriter, request *http.Request) {
		var shown map[string]any
		if s := app.sessionOf(response, request); s.source != nil {
			claims, err := app.person(ctx, s)
			if err != nil {
				http.Error(response, err.Error(), http.StatusBadGateway)
				return
			}
			shown = claims
		}
		response.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(response).Encode(shown)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
