"""What responses have that are files to be saved."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import IO

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from service.api.problems import problem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

_BLOCK_BYTES = 1 << 18


def in_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of ``file``, and close it."""
    with file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def as_download(name: str) -> dict[str, str]:
    """Return the headers of a response that is saved as ``name``."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


class FileDownload(FileResponse):
    """A file, or the part of it that the header ``Range`` asks for (RFC 9110, section 14).

    A range that is none, or is not counted in bytes, is ignored; one that the file does not have is told as a problem.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, as an ASGI application."""
        refused: Message | None = None

        async def send_unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                refused = message
            if refused is None:
                await send(message)

        await super().__call__(scope, receive, send_unless_refused)
        if refused is None:
            return
        if refused["status"] == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            size = self.headers["content-length"]
            sentence = f"The file has {int(size):,} bytes, none of them in that range. Leave out the header Range."
            answer = problem(refused["status"], sentence, headers={"Content-Range": f"bytes */{size}"})
            await answer(scope, receive, send)
        else:
            headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
            await super().__call__({**scope, "headers": headers}, receive, send)
