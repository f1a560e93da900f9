"""Calls to another service of the stack."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from common.errors import Unavailable

TIMEOUT_SECONDS = 10


class NotFound(Exception):
    """The other service answered, and does not have it."""


class Upstream:
    def __init__(self, name: str, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise SystemExit(f"the URL of {name} is {url!r}; it is http://host:port")
        self.name = name
        self._host, self._port = parts.hostname, parts.port
        self._base = parts.path.rstrip("/")

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, body: object) -> Any:
        return self._call("POST", path, json.dumps(body))

    def ping(self) -> None:
        self.get("/api/health")

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        # Not urllib.request: it would take up a proxy from the environment, and the stack's own names are not
        # known to any proxy.
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, self._base + path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            if response.status == 404:
                raise NotFound(f"{self.name} has no {path}")
            if response.status >= 300:
                raise Unavailable(self.name, f"{method} {path} was answered {response.status}")
            return json.loads(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(self.name, error) from error
        finally:
            connection.close()
