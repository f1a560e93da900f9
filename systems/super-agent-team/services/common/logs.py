"""One log format on standard output, at the level of LOG_LEVEL."""

import logging
import os
import sys

LEVELS = ("debug", "info", "warning", "error", "critical")
HEALTH_PATHS = ("/health", "/health/ready")


def configure() -> None:
    level = os.environ.get("LOG_LEVEL", "info").lower()
    if level not in LEVELS:
        raise SystemExit(f"LOG_LEVEL is {level!r}; it is one of {', '.join(LEVELS)}")
    logging.basicConfig(
        stream=sys.stdout, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("uvicorn.access").addFilter(_is_not_a_good_probe)


def _is_not_a_good_probe(record: logging.LogRecord) -> bool:
    """Health probes come several times a second; only those that fail are worth a line."""
    _client, _method, path, _http_version, status = record.args
    return status >= 400 or not path.partition("?")[0].endswith(HEALTH_PATHS)
