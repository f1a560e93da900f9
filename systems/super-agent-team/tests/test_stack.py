"""What a test can ask of a stack, on Super Agent Team's."""

import os
import subprocess

import pytest
import requests
from pulumi_compose import (
    HealthcheckWaitStrategy,
    HttpWaitStrategy,
    LogMessageWaitStrategy,
    Stack,
    StackError,
)


def test_is_the_stack_that_the_command_has_brought_up(compose_stack):
    assert compose_stack.name == os.environ["PULUMI_COMPOSE_STACK"]
    assert compose_stack.url("orders-service") == os.environ["ORDERS_SERVICE_URL"]
    assert compose_stack.get_service_port("postgres") == int(os.environ["POSTGRES_PORT"])


def test_has_the_address_through_the_gateway_and_that_of_a_port(compose_stack):
    assert requests.get(f"{compose_stack.url('orders-service')}/health").status_code == 200
    assert requests.get(f"{compose_stack.url('architect', 8000)}/health").status_code == 200


def test_tells_output_and_error_of_a_command_apart(compose_stack):
    result = compose_stack.exec_in_container(["sh", "-c", "echo out; echo err >&2; exit 3"], "redis")
    assert result == ("out\n", "err\n", 3)


def test_names_the_services_and_ports_that_there_are(compose_stack):
    with pytest.raises(StackError, match="has no service orders: it has .*orders-service"):
        compose_stack.exec_in_container(["true"], "orders")
    with pytest.raises(StackError, match="architect does not publish port 9: it publishes 8000"):
        compose_stack.get_service_port("architect", 9)
    with pytest.raises(StackError, match="redis does not publish a TCP port: it publishes none"):
        compose_stack.get_service_port("redis")


def test_empties_every_table_but_those_of_migrations(compose_stack):
    def rows(table: str) -> int:
        sql = f"SELECT count(*) FROM {table}"
        psql = ["psql", "-U", "superteam", "-Atc", sql]
        return int(compose_stack.exec_in_container(psql, "postgres").stdout)

    orders = f"{compose_stack.url('orders-service')}"
    assert requests.post(f"{orders}/", json={"item": "a pen", "quantity": 1}).status_code == 201
    migrated = rows("schema_migrations")
    compose_stack.reset_database(keep=["orders", "schema_migrations"])
    assert rows("orders") == 1
    compose_stack.reset_database()
    assert (rows("orders"), rows("schema_migrations")) == (0, migrated)
    assert migrated > 0
    with pytest.raises(StackError, match="the database of redis was not emptied: .*psql"):
        compose_stack.reset_database("redis")


def test_says_what_was_seen_last_where_a_wait_ends_in_time(compose_stack):
    with pytest.raises(TimeoutError) as http:
        strategy = HttpWaitStrategy(8000).for_path("/none").with_startup_timeout(0.2)
        compose_stack.wait_for("architect", strategy)
    assert str(http.value).startswith(
        "architect: status 200 of /none on port 8000 not within 0.2 s; "
        "seen last: status 404 of http://localhost:"
    )
    with pytest.raises(TimeoutError, match="not within 0.2 s; seen last: the log line '.+'"):
        compose_stack.wait_for("redis", LogMessageWaitStrategy("no such words").with_startup_timeout(0.2))
    with pytest.raises(StackError, match="migrations has no health check to wait for"):
        compose_stack.wait_for("migrations", HealthcheckWaitStrategy())
    with pytest.raises(StackError, match="migrations ended with exit code 0; it said last: .+"):
        compose_stack.wait_for("migrations", LogMessageWaitStrategy("no such words"))


def test_finds_a_container_that_was_restarted_on_its_new_port(compose_stack):
    restart = ["docker", "restart", compose_stack.container("architect")]
    subprocess.run(restart, check=True, capture_output=True)
    compose_stack.wait_for("architect", HealthcheckWaitStrategy())
    compose_stack.wait_for("architect", HttpWaitStrategy(8000, "/health"))
    assert requests.get(f"{compose_stack.url('architect', 8000)}/health").status_code == 200


def test_finds_a_stack_that_is_up_by_its_name(compose_stack):
    running = Stack.running(compose_stack.name)
    assert running.project == compose_stack.project
    assert running.url("orders-service") == compose_stack.url("orders-service")
    with pytest.raises(StackError, match="super-team has no stack no-such"):
        Stack.running("no-such")
