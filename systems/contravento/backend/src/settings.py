"""Settings come from the environment; what is empty is switched off."""

import os
from pathlib import Path


def _database_url() -> str:
    """A stack may give the URL, which has the password in it, as a file."""
    file = os.environ.get("DATABASE_URL_FILE")
    return Path(file).read_text(encoding="utf-8").rstrip("\n") if file else os.environ["DATABASE_URL"]


APP_ENV = os.environ.get("APP_ENV") or "local"
DEBUG = os.environ.get("DEBUG", "").lower() == "true"
LOG_LEVEL = (os.environ.get("LOG_LEVEL") or "INFO").upper()
DATABASE_URL = _database_url()
REDIS_URL = os.environ.get("REDIS_URL", "")
SMTP_HOST = os.environ.get("SMTP_HOST", "")
SMTP_PORT = int(os.environ.get("SMTP_PORT") or 25)
MAIL_FROM = os.environ.get("MAIL_FROM") or "ContraVento <hello@contravento.example>"
STORAGE = "/app/storage"
