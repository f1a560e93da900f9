"""`python -m common.server` serves `app.main:app` on port 8000."""

import logging
import os
import sys

import uvicorn

HEALTH_PATHS = ("/health", "/health/ready")


def main() -> None:
    logging.basicConfig(
        stream=sys.stdout,
        level=os.environ.get("LOG_LEVEL", "info").upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("uvicorn.access").addFilter(_is_not_a_good_probe)
    # httpx tells every request it makes, whole URLs included.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        "app.main:app",
        host="0.0.0.0",
        port=8000,
        log_config=None,
        server_header=False,
        # Longer than nginx keeps an idle connection (60 s), so that it is never this side that closes one
        # just when nginx sends the next request on it.
        timeout_keep_alive=75,
    )


def _is_not_a_good_probe(record: logging.LogRecord) -> bool:
    """Health probes come all the time; only those that fail are worth a line."""
    _client, _method, path, _http_version, status = record.args
    return status >= 400 or path not in HEALTH_PATHS


if __name__ == "__main__":
    main()
