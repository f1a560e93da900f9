"""Another service of the system, by HTTP."""

import httpx


class Upstream:
    def __init__(self, url: str) -> None:
        # A proxy from the environment does not know the names of this network.
        # Below the 60 s that nginx waits for an answer.
        self._client = httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(30, connect=5), trust_env=False)

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: object
    ) -> httpx.Response:
        return await self._client.request(method, path, headers=headers, **options)

    async def check(self) -> None:
        response = await self.request("GET", "/health")
        response.raise_for_status()
