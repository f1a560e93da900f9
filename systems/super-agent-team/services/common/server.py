"""`python -m common.server` serves `app.main:app` on PORT."""

import threading
from types import FrameType

import uvicorn

from common import logs, settings

# Longer than a gateway keeps an idle connection (Traefik: 90 s), so that it is never this side that closes
# one just when the gateway sends the next request on it.
KEEP_ALIVE_SECONDS = 120


class Server(uvicorn.Server):
    """Serves on for a while after it is asked to end: in a swarm, the gateway hears of that only later."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        threading.Timer(settings.serve_on_seconds(), super().handle_exit, (sig, frame)).start()


def main() -> None:
    logs.configure()
    (port,) = settings.read("PORT")
    config = uvicorn.Config(
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
    Server(config).run()


if __name__ == "__main__":
    main()
