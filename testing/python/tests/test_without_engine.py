"""What needs no engine."""

import json
import warnings
from pathlib import Path

import pytest
from pulumi_compose import DockerCompose, Stack, StackError
from pulumi_compose.command import inherited, program_of
from pulumi_compose.containers import published
from pulumi_compose.database import BOOKKEEPING, RESET


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    return tmp_path


def test_a_program_is_that_of_the_nearest_folder(program: Path) -> None:
    assert program_of(program / "tests" / "docker") == program
    with pytest.raises(StackError, match=r"there is no Pulumi\.yaml in /, nor in a folder above it"):
        program_of(Path("/"))


def test_a_stack_of_another_program_is_not_taken_for_this_one(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = {"stack": "t-1", "directory": str(program), "services": {}}
    monkeypatch.setenv("PULUMI_COMPOSE_TEST", json.dumps(running))
    assert inherited(program) == running
    assert inherited(program / "other") is None


def test_a_command_that_is_not_installed_is_named(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_COMPOSE_TEST", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StackError, match="pulumi-compose is not installed in .*: npm install pulumi-compose"):
        with Stack(program):
            pass


def test_a_stack_is_up_inside_of_with_alone(program: Path) -> None:
    with pytest.raises(StackError, match="the stack is not up: use it inside of `with`"):
        Stack(program).get_service_port("web", 80)


def test_what_has_no_effect_is_said(program: Path) -> None:
    with pytest.warns(UserWarning, match=r"a\.yml, b\.yml has no effect: the program in .* says"):
        DockerCompose(program, compose_file_name=["a.yml", "b.yml"])
    with pytest.warns(UserWarning, match="there is no folder .*docker: the program is that in"):
        DockerCompose(program / "docker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DockerCompose(program)


def test_the_script_that_empties_a_database_comes_with_the_package() -> None:
    assert "alembic_version" in BOOKKEEPING
    assert RESET.rstrip().endswith("SQL")


def test_a_port_without_a_host_port_is_not_published() -> None:
    ports = {"80/tcp": [{"HostIp": "10.0.0.5", "HostPort": "8080"}], "81/tcp": None, "82/tcp": []}
    assert published({"NetworkSettings": {"Ports": ports}}) == {"80/tcp": ("10.0.0.5", 8080)}
