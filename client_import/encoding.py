"""Find a file's encoding, and read it as UTF-8 whatever it is (semantics.md, section 2)."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

import numpy as np

from client_import.errors import SourceError

UNDECODABLE = "\uffff"
"""Stands for bytes that are no text: undecodable ones, and NUL. Unicode gives this code to no character."""

UNDECODABLE_BYTE = rf"{UNDECODABLE}([0-9a-f]{{2}})?"
"""Where one such byte was, in what :class:`DecodedSource` reads: the mark, and the byte in hexadecimal digits."""

FALLBACK = "windows-1252"
"""What is not Unicode: its printable characters include Latin-1's, at the same bytes."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_END_OF_DOS_FILE = b"\x1a"
_ASCII_IS_ASCII = ("utf-8", "utf-8-sig", "cp1252", "iso8859-1")
"""Encodings, by Python's names, in which a block of ASCII is the same ASCII, whatever came before."""

_MARK = "client_import.undecodable"
_MARK_BYTES = "client_import.undecodable_bytes"
_ASCII_SHARE = 0.1
"""At least this share of the characters of a table is ASCII, in whatever language it is."""

_CONTROL_SHARE = 0.05
"""Text in the right encoding has no more control characters than this share."""

_FEW = 8
"""So many may even a short file have."""

_CONTROL = re.compile(rf"[\0-\x08\x0e-\x1f\x7f{UNDECODABLE}]")


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError | UnicodeEncodeError)
    return UNDECODABLE, error.end


def _mark_bytes(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return "".join(f"{UNDECODABLE}{byte:02x}" for byte in error.object[error.start : error.end]), error.end
    return _mark(error)


codecs.register_error(_MARK, _mark)
codecs.register_error(_MARK_BYTES, _mark_bytes)


def detect_encoding(sample: bytes, *, is_all: bool) -> str | None:
    """Return the encoding of a file that begins with ``sample``, or None when that is all ASCII.

    A byte order mark decides; then NUL bytes in every other place, which are UTF-16; then UTF-8, which text in
    another encoding is not by chance, so that a few damaged characters do not speak against it.
    """
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    if b"\0" in sample:
        utf_16 = _utf_16_without_bom(sample)
        if utf_16 is not None:
            return utf_16
    if sample.isascii():
        return None
    text = decode(sample, "utf-8", is_all=is_all)
    damaged = text.count(UNDECODABLE) - sample.count(b"\0")
    beyond_ascii = sum(1 for character in text if not character.isascii()) - text.count(UNDECODABLE)
    return "utf-8" if beyond_ascii >= damaged else FALLBACK


def _utf_16_without_bom(sample: bytes) -> str | None:
    """Which UTF-16 the sample is, by the places of its NUL bytes: text has ASCII in it at least between its cells."""
    units = np.frombuffer(sample[: len(sample) // 2 * 2], np.uint8).reshape(-1, 2)
    fewer, more = sorted((units == 0).sum(axis=0))
    if more < len(units) * _ASCII_SHARE or fewer * 10 > more:
        return None
    encoding = "utf-16-le" if (units[:, 1] == 0).sum() == more else "utf-16-be"
    return encoding if is_text(decode(sample, encoding, is_all=False)) else None


def is_text(text: str) -> bool:
    """Whether ``text`` is made of what text is made of: all but a few characters are no control characters."""
    control = len(_CONTROL.findall(text))
    return control * 2 <= len(text) and (control <= _FEW or control <= len(text) * _CONTROL_SHARE)


def is_table_of_text(sample: bytes, text: str, encoding: str) -> bool:
    """Whether ``sample``, which is ``text`` in ``encoding``, is text, however many of its bytes are damaged."""
    nuls = sample.count(b"\0") if codecs.lookup(encoding).name in _ASCII_IS_ASCII else 0
    return is_text(text.replace(UNDECODABLE, "") + "\0" * nuls)


def decode(sample: bytes, encoding: str, *, is_all: bool) -> str:
    """Return the text of ``sample``, without its byte order mark, UNDECODABLE where it is none.

    Raises SourceError when the codec of ``encoding`` cannot read the file at all.
    """
    return _Decoder(encoding).text(sample, is_last=is_all)


class _Decoder:
    """From bytes in ``encoding`` to text, a block at a time."""

    def __init__(self, encoding: str, *, keeps_bytes: bool = False) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)(errors=_MARK_BYTES if keeps_bytes else _MARK)
        self._nul = f"{UNDECODABLE}00" if keeps_bytes else UNDECODABLE
        self._keeps_ascii = codecs.lookup(encoding).name in _ASCII_IS_ASCII
        self._is_at_start = True

    def leaves(self, block: bytes) -> bool:
        """Whether ``block`` is the same in UTF-8, so that it need not be decoded."""
        is_same = self._keeps_ascii and block.isascii() and b"\0" not in block and not self._decoder.getstate()[0]
        self._is_at_start = self._is_at_start and not is_same
        return is_same

    def text(self, block: bytes, *, is_last: bool) -> str:
        """Return the text of the next ``block``."""
        try:
            text = self._decoder.decode(block, final=is_last).replace("\0", self._nul)
        except UnicodeError as error:
            raise SourceError(
                f"The file cannot be read as {self._encoding} ({error}). Name another encoding with --encoding."
            ) from None
        if self._is_at_start and text:
            self._is_at_start = False
            return text.removeprefix("\ufeff")
        return text


class DecodedSource:
    """The bytes of ``stream`` made into UTF-8, without byte order mark and without the Ctrl-Z that ends DOS files.

    Each byte that ``encoding`` cannot decode, and NUL, becomes an UNDECODABLE_BYTE; ``is_damaged`` tells whether any of
    what was read did. ``count`` is how many bytes of ``stream`` have been read.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = _Decoder(encoding, keeps_bytes=True)
        self._held_back = b""
        self.is_damaged = False
        self.count = 0

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def read(self, size: int) -> bytes:
        """Return what the next ``size`` bytes of the stream are in UTF-8; nothing only at the end."""
        while True:
            block = self._stream.read(size)
            self.count += len(block)
            decoded = self._held_back + self._utf_8(block)
            rest = decoded.rstrip(_END_OF_DOS_FILE)
            self._held_back = decoded[len(rest) :]
            if rest or not block:
                return rest

    def _utf_8(self, block: bytes) -> bytes:
        if self._decoder.leaves(block):
            return block
        text = self._decoder.text(block, is_last=not block)
        self.is_damaged = self.is_damaged or UNDECODABLE in text
        return text.encode(errors=_MARK)
