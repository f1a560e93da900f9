#!/usr/bin/env python3
"""A stand-in for Grafana: its health, its login and its list of provisioned data sources, and nothing that draws."""

import base64
import hmac
import json
import os
import secrets
import signal
import sys
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml

VERSION = "11.6.0"
PROVISIONING = Path(os.environ.get("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning"))

PAGE = """<!doctype html>
<title>Grafana</title>
<h1>Grafana</h1>
<p>This is a stand-in: it shows no dashboards.</p>
<form method="post" action="/login">
  <input name="user" placeholder="user"> <input name="password" type="password" placeholder="password">
</form>
"""


def setting(name, default):
    """A variable, or what is in the file that NAME__FILE names, as Grafana has it."""
    file = os.environ.get(f"{name}__FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, default)


def data_sources():
    """The data sources of the provisioning folder, as Grafana's HTTP API lists them."""
    files = sorted(path for path in PROVISIONING.glob("datasources/*") if path.suffix in (".yaml", ".yml"))
    # Variables are filled in, as Grafana does it.
    documents = [yaml.safe_load(os.path.expandvars(file.read_text())) or {} for file in files]
    sources = [source for document in documents for source in document.get("datasources") or []]
    return [
        {
            "id": number,
            "uid": source.get("uid", f"source-{number}"),
            "orgId": source.get("orgId", 1),
            "name": source["name"],
            "type": source["type"],
            "access": source.get("access", "proxy"),
            "url": source.get("url", ""),
            "isDefault": source.get("isDefault", False),
            "jsonData": source.get("jsonData", {}),
            "readOnly": not source.get("editable", False),
        }
        for number, source in enumerate(sources, start=1)
    ]


class Handler(BaseHTTPRequestHandler):
    server_version = "grafana-stand-in"
    user = setting("GF_SECURITY_ADMIN_USER", "admin")
    password = setting("GF_SECURITY_ADMIN_PASSWORD", "admin")
    session = secrets.token_hex(16)

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/api/health":
            self.answer({"commit": "stand-in", "database": "ok", "version": VERSION})
        elif path == "/login":
            self.send(HTTPStatus.OK, PAGE.encode(), "text/html; charset=UTF-8")
        elif not self.is_logged_in():
            if path.startswith("/api/"):
                self.answer({"message": "Unauthorized"}, HTTPStatus.UNAUTHORIZED)
            else:
                self.send(HTTPStatus.FOUND, b"", "text/html", {"Location": "/login"})
        elif path == "/":
            self.send(HTTPStatus.OK, PAGE.encode(), "text/html; charset=UTF-8")
        elif path == "/api/datasources":
            self.answer(data_sources())
        elif path == "/api/user":
            self.answer({"id": 1, "login": self.user, "isGrafanaAdmin": True})
        else:
            self.answer({"message": "Not found"}, HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET

    def do_POST(self):
        if urlsplit(self.path).path != "/login":
            self.answer({"message": "Not found"}, HTTPStatus.NOT_FOUND)
            return
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            is_right = self.is_administrator(str(body["user"]), str(body["password"]))
        except (ValueError, KeyError, TypeError):
            self.answer({"message": "bad login data"}, HTTPStatus.BAD_REQUEST)
            return
        if is_right:
            cookie = f"grafana_session={self.session}; Path=/; HttpOnly; SameSite=Lax"
            self.answer({"message": "Logged in"}, headers={"Set-Cookie": cookie})
        else:
            self.answer({"message": "Invalid username or password"}, HTTPStatus.UNAUTHORIZED)

    def is_logged_in(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("grafana_session")
        if cookie is not None and hmac.compare_digest(cookie.value.encode(), self.session.encode()):
            return True
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return False
        return kind.lower() == "basic" and self.is_administrator(user, password)

    def is_administrator(self, user, password):
        given, wanted = f"{user}\0{password}", f"{self.user}\0{self.password}"
        return hmac.compare_digest(given.encode(), wanted.encode())

    def answer(self, body, status=HTTPStatus.OK, headers=None):
        self.send(status, json.dumps(body).encode(), "application/json; charset=UTF-8", headers)

    def send(self, status, body, content_type, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def stop(*_):
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
# A mistake in a file shows at the start, as with Grafana.
data_sources()
port = int(setting("GF_SERVER_HTTP_PORT", "3000"))
print(f"Stand-in for Grafana, on port {port}", flush=True)
ThreadingHTTPServer(("", port), Handler).serve_forever()
