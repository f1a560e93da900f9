"""PostgreSQL between two tests. The script and the list are files, since the fixture in TypeScript reads them too."""

from importlib.resources import files

_folder = files("pulumi_compose")

BOOKKEEPING = tuple((_folder / "bookkeeping.txt").read_text().split())
"""The tables in which migrations keep what they have done."""

RESET = (_folder / "reset_database.sh").read_text()
"""The shell script that empties a database, inside of the database's container. Its arguments are tables that stay."""
