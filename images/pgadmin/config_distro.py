"""Settings of this image, and those of the container: PGADMIN_CONFIG_<NAME>, a Python value, as in the official one."""

import ast
import os

SERVER_MODE = True
# What it has to say goes to the container's log.
LOG_FILE = "/dev/null"
HELP_PATH = "/pgadmin4/docs"

for name, value in os.environ.items():
    if name.startswith("PGADMIN_CONFIG_"):
        globals()[name.removeprefix("PGADMIN_CONFIG_")] = ast.literal_eval(value)
