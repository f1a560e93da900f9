"""`python -m common.server` serves `app.main:app` on PORT."""

import signal
import sys

# The kernel drops signals for process 1 that have no handler: without this one, a container that is stopped
# while it still imports would only die when the grace period is over. uvicorn puts its own in place.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

import uvicorn  # noqa: E402

from common import logs, settings  # noqa: E402

# Longer than a gateway keeps an idle connection (Traefik: 90 s), so that it is never this side that closes
# one just when the gateway sends the next request on it.
KEEP_ALIVE_SECONDS = 120


def main() -> None:
    logs.configure()
    (port,) = settings.read("PORT")
    uvicorn.run(
        "app.main:app",
        host="0.0.0.0",
        port=int(port),
        log_config=None,
        loop="asyncio",
        http="h11",
        ws="none",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
