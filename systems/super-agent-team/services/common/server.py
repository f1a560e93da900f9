"""`python -m common.server` serves `app.main:app` on PORT."""

import uvicorn

from common import logs, settings

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
