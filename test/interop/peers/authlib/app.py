"""A Flask application with Authlib. ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION_SECRET."""

import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session, url_for

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
tokens = {}


def keep_token(name, token, refresh_token=None, access_token=None):
    """Authlib refreshes by itself; what it was given has to be kept, since the old refresh token has ended."""
    tokens[session["sub"]].update(token)


oauth = OAuth(app, update_token=keep_token)
oauth.register(
    "countersign",
    server_metadata_url=os.environ["ISSUER"] + "/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={
        "scope": "openid profile email offline_access",
        "code_challenge_method": "S256",
    },
)


@app.get("/login")
def login():
    callback_url = url_for("callback", _external=True)
    return oauth.countersign.authorize_redirect(callback_url, prompt="consent")


@app.get("/callback")
def callback():
    token = oauth.countersign.authorize_access_token()
    session["sub"] = token["userinfo"]["sub"]
    tokens[session["sub"]] = token
    return redirect("/")


@app.get("/")
def home():
    if "sub" not in session:
        return jsonify(None)
    return jsonify(oauth.countersign.userinfo(token=tokens[session["sub"]]))


@app.get("/logout")
def logout():
    token = tokens.pop(session.pop("sub"))
    signed_out_url = url_for("signed_out", _external=True)
    return oauth.countersign.logout_redirect(signed_out_url, id_token_hint=token["id_token"])


@app.get("/signed-out")
def signed_out():
    oauth.countersign.validate_logout_response()
    return redirect("/")
