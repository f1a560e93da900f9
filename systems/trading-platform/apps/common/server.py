"""`python -m common.server` serves `app.main:app` on port 8000."""

import uvicorn

from common import logs

if __name__ == "__main__":
    logs.configure()
    uvicorn.run(
        "app.main:app", host="0.0.0.0", port=8000, log_config=None, loop="asyncio", http="h11", ws="none"
    )
