"""The web pages: they know nothing but what the API answers."""

import os

import httpx
from flask import Flask, render_template

from ichrisbirch import logs

API_URL = os.environ["API_URL"]

logs.configure()
app = Flask(__name__)
# Flask answers a larger body by 413.
app.config["MAX_CONTENT_LENGTH"] = int(os.environ["MAX_BODY_BYTES"])


@app.get("/")
def tasks() -> str:
    answer = httpx.get(f"{API_URL}/tasks/", timeout=20)
    answer.raise_for_status()
    return render_template("tasks.html", tasks=answer.json())


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.errorhandler(httpx.HTTPError)
def api_failed(error: httpx.HTTPError) -> tuple[str, int]:
    app.logger.error("the API at %s: %r", API_URL, error)
    return render_template("unavailable.html"), 502
