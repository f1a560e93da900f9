"""`python -m ichrisbirch.scheduler.health`: fails when no job has been run for six beats."""

import sys

from ichrisbirch import cache
from ichrisbirch.scheduler.jobs import HEARTBEAT

if __name__ == "__main__":
    sys.exit(None if cache.server.exists(HEARTBEAT) else "no job has been run lately")
