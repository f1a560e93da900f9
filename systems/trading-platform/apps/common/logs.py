"""Logs: on standard output, and as syslog (RFC 5424 over UDP) to Promtail at SYSLOG_ADDRESS."""

import contextlib
import logging
import os
import queue
import socket
import sys
from logging.handlers import QueueHandler, QueueListener

from common import settings

LEVELS = ("debug", "info", "warning", "error", "critical")
# Asked for every few seconds, and of no interest while they are answered well.
PROBES = ("/health", "/metrics")
# Promtail refuses messages of more than 8192 bytes.
LONGEST = 8000
# Of Python's levels, as RFC 5424 numbers them.
SEVERITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.NOTSET: 7}


def configure() -> None:
    level = os.environ.get("LOG_LEVEL", "info").lower()
    if level not in LEVELS:
        raise SystemExit(f"LOG_LEVEL is {level!r}; it is one of {', '.join(LEVELS)}")
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[output])
    logging.getLogger("uvicorn.access").addFilter(_is_not_a_good_probe)
    address = os.environ.get("SYSLOG_ADDRESS")
    if address:
        _send_to(address, settings.required("SERVICE"))


def _send_to(address: str, service: str) -> None:
    # From a thread of its own, so that no request waits for a name that does not resolve.
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    logging.getLogger().addHandler(QueueHandler(records))
    QueueListener(records, _Syslog(address, service)).start()


class _Syslog(logging.Handler):
    """What cannot be sent is lost here; standard output has it."""

    def __init__(self, address: str, service: str) -> None:
        super().__init__()
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._service = service
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def emit(self, record: logging.LogRecord) -> None:
        severity = next(code for level, code in SEVERITIES.items() if record.levelno >= level)
        # Facility 1 is "user"; then: version, time, host, application, process, message type, data, text.
        header = f"<{8 + severity}>1 - - {self._service} - - - {record.name}: "
        message = (header + record.getMessage()).encode()[:LONGEST]
        # With its length in front Promtail has it whole at once; with a line's end it waits for the next one.
        packet = f"{len(message)} ".encode() + message
        with contextlib.suppress(OSError):
            self._socket.sendto(packet, self._address)


def _is_not_a_good_probe(record: logging.LogRecord) -> bool:
    _client, _method, path, _http_version, status = record.args
    return status >= 400 or path.partition("?")[0].rstrip("/") not in PROBES
