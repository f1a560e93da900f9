"""The seed's fixtures (its sections 8.4 and 8.6). Only the import and the name of the stack are other ones."""

import pytest
from pulumi_compose import DockerCompose, HttpWaitStrategy, LogMessageWaitStrategy


@pytest.fixture(scope="session")
def compose_stack():
    """Start the full compose stack once for all tests."""
    compose = DockerCompose(
        context="./docker",
        compose_file_name=[
            "docker-compose.infra.yml",
            "docker-compose.build1.yml",
            "docker-compose.generated.yml",
            "docker-compose.test.yml",
        ],
        pull=True,
        build=True,
    )

    with compose.waiting_for(
        {
            "postgres": LogMessageWaitStrategy("database system is ready"),
            "architect": HttpWaitStrategy(8000).for_status_code(200).for_path("/api/health"),
            "contract-engine": HttpWaitStrategy(8000).for_status_code(200).for_path("/api/health"),
        }
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
def architect_url(compose_stack):
    """Get the architect service URL."""
    host = compose_stack.get_service_host("architect", 8000)
    port = compose_stack.get_service_port("architect", 8000)
    return f"http://{host}:{port}"


@pytest.fixture(scope="session")
def contract_engine_url(compose_stack):
    """Get the contract engine service URL."""
    host = compose_stack.get_service_host("contract-engine", 8000)
    port = compose_stack.get_service_port("contract-engine", 8000)
    return f"http://{host}:{port}"


@pytest.fixture(scope="session", autouse=True)
def cleanup_compose(compose_stack):
    """Ensure compose stack is cleaned up even on test failure."""
    yield
    # DockerCompose context manager handles cleanup automatically
    # But for extra safety:
    import subprocess

    subprocess.run(
        # The seed names super-team-test, which is the stack test of whoever works here.
        ["docker", "compose", "-p", compose_stack.project, "down", "-v", "--remove-orphans"],
        capture_output=True,
    )


@pytest.fixture(autouse=True)
def reset_database(compose_stack):
    """Reset database between tests for isolation."""
    yield
    # Clean up test data
    compose_stack.exec_in_container(
        service_name="postgres",
        command=[
            "psql", "-U", "superteam", "-d", "superteam", "-c",
            "TRUNCATE users, orders, notifications CASCADE",
        ],
    )
