"""Every process logs to its standard output, as loudly as LOG_LEVEL says."""

import logging
import os
import sys


def configure() -> None:
    logging.basicConfig(
        stream=sys.stdout,
        level=os.environ.get("LOG_LEVEL", "info").upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
