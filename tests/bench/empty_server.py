"""The least uvicorn server: every request is read and answered with the bytes of a file.

`python -m tests.bench.empty_server PORT FILE`; the baseline of crmdeck's own server.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send


class EmptyServer:
    """An ASGI application without routes, checks or work."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._answer})


if __name__ == "__main__":
    uvicorn.run(
        EmptyServer(Path(sys.argv[2]).read_bytes()),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
