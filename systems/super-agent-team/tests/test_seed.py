"""The seed's tests (its sections 8.1 to 8.5). Only the import is another one."""

import requests
from pulumi_compose import DockerCompose, HttpWaitStrategy, LogMessageWaitStrategy


# 8.1
def test_full_stack():
    compose = DockerCompose(
        context="./docker",
        compose_file_name="docker-compose.yml",
        pull=True,
        build=True,
    )

    with compose:
        # Services start, health checks run
        host = compose.get_service_host("architect", 8000)
        port = compose.get_service_port("architect", 8000)

        response = requests.get(f"http://{host}:{port}/api/health")
        assert response.status_code == 200

        # Execute command inside container
        stdout, stderr, exit_code = compose.exec_in_container(
            service_name="postgres", command=["psql", "-U", "superteam", "-c", "SELECT 1"]
        )
        assert exit_code == 0


# 8.2
def test_multiple_compose_files():
    DockerCompose(
        context="./docker",
        compose_file_name=[
            "docker-compose.infra.yml",
            "docker-compose.build1.yml",
            "docker-compose.generated.yml",
            "docker-compose.test.yml",
        ],
    )


# 8.3
def test_wait_strategies():
    compose = DockerCompose(context="./docker", compose_file_name="docker-compose.yml")

    with compose.waiting_for(
        {
            "postgres": LogMessageWaitStrategy("database system is ready"),
            "redis": LogMessageWaitStrategy("Ready to accept connections"),
            "architect": HttpWaitStrategy(8000).for_status_code(200).for_path("/api/health"),
            "contract-engine": HttpWaitStrategy(8000).for_status_code(200).for_path("/api/health"),
            "codebase-intelligence": HttpWaitStrategy(8000).for_status_code(200).for_path("/api/health"),
            "traefik": HttpWaitStrategy(80).for_status_code(200).for_path("/ping"),
        }
    ):
        # All services are healthy — run tests
        web_host = compose.get_service_host("traefik", 80)
        web_port = compose.get_service_port("traefik", 80)

        # Test through gateway
        response = requests.get(f"http://{web_host}:{web_port}/api/architect/health")
        assert response.status_code == 200


# 8.4
def test_architect_health(architect_url):
    response = requests.get(f"{architect_url}/api/health")
    assert response.status_code == 200
    data = response.json()
    assert data["status"] == "healthy"


def test_decompose_prd(architect_url):
    prd_text = open("sample_data/sample_prd.md").read()
    response = requests.post(f"{architect_url}/api/decompose", json={"prd_text": prd_text})
    assert response.status_code == 201
    result = response.json()
    assert "service_map" in result
    assert len(result["service_map"]["services"]) >= 2


# 8.5
def test_port_mapping(compose_stack):
    compose = compose_stack
    # Container exposes 8000, mapped to random host port
    host = compose.get_service_host("architect", 8000)  # "localhost" or "127.0.0.1"
    port = compose.get_service_port("architect", 8000)  # Random port like 55432

    # Use the mapped port for test HTTP calls
    url = f"http://{host}:{port}/api/health"
    assert requests.get(url).status_code == 200
