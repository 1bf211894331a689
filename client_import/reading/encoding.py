"""Detect the encoding of a file, and convert it to UTF-8 while reading (docs/rules.md, section 2)."""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import Protocol

import numpy as np

from client_import.errors import SourceError

UNDECODABLE = "\uffff"
"""Stands for undecodable bytes and NUL. Unicode assigns no character to this code."""

UNDECODABLE_BYTE = rf"{UNDECODABLE}([0-9a-f]{{2}})?"
"""How :class:`DecodedSource` writes such a byte: the mark, and the byte as two hexadecimal digits."""

FALLBACK = "windows-1252"
"""The encoding assumed in doubt if a file is not Unicode. It includes the printable characters of Latin-1."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_END_OF_DOS_FILE = b"\x1a"
_UTF_8 = ("utf-8", "utf-8-sig")
_LETTERS = rb"[\xc4\xc5][\x80-\x90\x95-\xbf]|\xc2[\xa0-\xbf]|\xe2\x80[\x93\x94\x98\x99\x9c\x9d\xa2\xa6]"
_UTF_8_AMONG_OTHERS = re.compile(rb"(?<![\x80-\xff])((?:\xc3[\x80-\xbf]|%s)+)(?![\x80-\xff])" % _LETTERS)
"""Latin letters and quotes in UTF-8; in an 8-bit encoding the same bytes would be implausible."""
_UTF_8_AMONG_1250 = re.compile(rb"(?<![\x80-\xff])((?:\xc3[\x80-\xa9\xab-\xbf]|%s)+)(?![\x80-\xff])" % _LETTERS)
"""The same without the bytes that mean ``ĂŞ`` in Windows-1250, which occurs in Romanian words in capitals."""
_MOST_HELD_BACK = 64
_BEYOND_ASCII = bytes(range(0x80, 0x100))

_MARK = "client_import.undecodable"
_MARK_BYTES = "client_import.undecodable_bytes"
_ASCII_SHARE = 0.1
"""The least share of ASCII among the characters of a table in any language."""

_CONTROL_SHARE = 0.05
"""The greatest share of control characters in text that is decoded correctly."""

_FEW = 8
"""The number of control characters that even a short file may have."""

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
    """Return the encoding of a file that begins with ``sample``, or None if the sample is all ASCII.

    A byte order mark decides. NUL in every other byte means UTF-16. Otherwise it is UTF-8 if the sample has as many
    characters beyond ASCII in UTF-8 as invalid bytes, because text in another encoding has next to none by chance, and
    FALLBACK if not. ``is_all`` says that the sample is the whole file.
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


def is_utf_8(encoding: str) -> bool:
    """Return whether ``encoding`` is a name of UTF-8, with or without byte order mark."""
    return codecs.lookup(encoding).name in _UTF_8


@cache
def _has_one_byte_each(encoding: str) -> bool:
    """Return whether ``encoding`` is an 8-bit encoding that includes ASCII."""
    if is_utf_8(encoding):
        return False
    try:
        every = bytes(range(256)).decode(encoding, "replace")
        return len(every) == 256 and every[:128].encode("ascii", "replace") == bytes(range(128))
    except (UnicodeError, LookupError):
        return False


def keeps_ascii(encoding: str) -> bool:
    """Return whether ASCII bytes mean ASCII in ``encoding``, whatever comes before them."""
    return is_utf_8(encoding) or _has_one_byte_each(encoding)


def _utf_8_pattern(encoding: str) -> re.Pattern[bytes] | None:
    """Return the pattern of UTF-8 within text in the 8-bit ``encoding``; None for other encodings."""
    if not _has_one_byte_each(encoding):
        return None
    return _UTF_8_AMONG_1250 if codecs.lookup(encoding).name == "cp1250" else _UTF_8_AMONG_OTHERS


def has_utf_8(text: bytes, encoding: str) -> bool:
    """Return whether ``text``, from a file in the 8-bit ``encoding``, has parts that are read as UTF-8."""
    pattern = _utf_8_pattern(encoding)
    return pattern is not None and pattern.search(text) is not None


def _utf_16_without_bom(sample: bytes) -> str | None:
    """Return the UTF-16 variant of the sample by the positions of its NUL bytes; None if it is not UTF-16.

    At least the delimiters of a table are ASCII, which has a NUL in every character, and so in the first line. A file
    that only goes on in UTF-16 is not in it: a program has appended to it.
    """
    line, end, behind = sample.partition(b"\n")
    if b"\0" not in line + end + behind[:1]:
        return None
    units = np.frombuffer(sample[: len(sample) // 2 * 2], np.uint8).reshape(-1, 2)
    fewer, more = sorted((units == 0).sum(axis=0))
    if more < len(units) * _ASCII_SHARE or fewer * 10 > more:
        return None
    encoding = "utf-16-le" if (units[:, 1] == 0).sum() == more else "utf-16-be"
    return encoding if is_text(decode(sample, encoding, is_all=False)) else None


def is_text(text: str) -> bool:
    """Return whether ``text`` has few enough control characters to be text."""
    control = len(_CONTROL.findall(text))
    return control * 2 <= len(text) and (control <= _FEW or control <= len(text) * _CONTROL_SHARE)


def is_table_of_text(sample: bytes, text: str, encoding: str) -> bool:
    """Return whether ``sample`` is text, even if bytes are damaged; ``text`` is the sample decoded in ``encoding``."""
    nuls = sample.count(b"\0") if keeps_ascii(encoding) else 0
    return is_text(text.replace(UNDECODABLE, "") + "\0" * nuls)


def decode(sample: bytes, encoding: str, *, is_all: bool) -> str:
    """Return ``sample`` as text without byte order mark, with UNDECODABLE for bytes that cannot be decoded.

    ``is_all`` says that the sample is the whole file. Raises SourceError if the codec of ``encoding`` fails.
    """
    return _Decoder(encoding).text(sample, is_last=is_all)


def decode_piece(piece: bytes, encoding: str) -> str:
    """Return ``piece``, from the middle of a file, as text, with UNDECODABLE for bytes that cannot be decoded."""
    return piece.decode(encoding, _MARK)


class _Decoder:
    """Decode bytes in ``encoding``, one block at a time.

    In an 8-bit encoding, parts that are UTF-8 are decoded as UTF-8: some programs concatenate files. Only what
    ``is_at_start`` of a file may begin with a byte order mark.
    """

    def __init__(self, encoding: str, *, keeps_bytes: bool = False, is_at_start: bool = True) -> None:
        encoding = encoding if is_at_start or not is_utf_8(encoding) else "utf-8"  # utf-8-sig drops a mark itself
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)(errors=_MARK_BYTES if keeps_bytes else _MARK)
        self._nul = f"{UNDECODABLE}00" if keeps_bytes else UNDECODABLE
        self._keeps_ascii = keeps_ascii(encoding)
        self._utf_8 = _utf_8_pattern(encoding)
        self._held_back = b""
        self._is_at_start = is_at_start

    def is_unchanged(self, block: bytes) -> bool:
        """Return whether ``block`` is the same in UTF-8, so that it need not be decoded."""
        is_whole = not self._held_back and not self._decoder.getstate()[0]
        is_same = self._keeps_ascii and is_whole and block.isascii() and b"\0" not in block
        self._is_at_start = self._is_at_start and not is_same
        return is_same

    def text(self, block: bytes, *, is_last: bool) -> str:
        """Decode the next ``block`` of the file."""
        try:
            text = self._decoded(block, is_last=is_last).replace("\0", self._nul)
        except UnicodeError as error:
            raise SourceError(
                f"The file cannot be read as {self._encoding} ({error}). Choose another encoding."
            ) from None
        if self._is_at_start and text:
            self._is_at_start = False
            return text.removeprefix("\ufeff")
        return text

    def _decoded(self, block: bytes, *, is_last: bool) -> str:
        if self._utf_8 is None:
            return self._decoder.decode(block, final=is_last)
        block = self._held_back + block
        whole = len(block) if is_last else _end_of_ascii(block)
        block, self._held_back = block[:whole], block[whole:]
        if not _may_have_utf_8(block):
            return self._decoder.decode(block, final=is_last)
        parts = self._utf_8.split(block)
        return "".join(part.decode() if place % 2 else self._decoder.decode(part) for place, part in enumerate(parts))


def _end_of_ascii(block: bytes) -> int:
    """Return where the run of bytes beyond ASCII at the end of ``block`` begins; its end if the run is very long."""
    tail = block[-_MOST_HELD_BACK:]
    rest = tail.rstrip(_BEYOND_ASCII)
    return len(block) - (len(tail) - len(rest) if rest else 0)


def _may_have_utf_8(block: bytes) -> bool:
    """Return whether any leading byte of UTF-8 is followed by a continuation byte, in one pass of numpy."""
    data = np.frombuffer(block, np.uint8)
    places = np.flatnonzero(data[:-1] >= 0xC2)
    first, second = data[places], data[places + 1]
    return bool((((first <= 0xC5) | (first == 0xE2)) & (second >= 0x80) & (second < 0xC0)).any())


class ByteSource(Protocol):
    """The bytes of a file, read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes, and fewer only at the end."""

    def peek(self, size: int, /) -> bytes:
        """Return some of the next bytes without reading them; none only at the end."""

    def close(self) -> None:
        """Close the file."""


class DecodedSource:
    """A reader that converts ``stream`` from ``encoding`` to UTF-8.

    It drops the byte order mark and the Ctrl-Z at the end of DOS files. Each NUL and each byte that cannot be decoded
    becomes an UNDECODABLE_BYTE, and ``is_damaged`` is True after the first. ``count`` is the number of bytes read from
    ``stream``, and ``is_at_end`` says that these were all. ``is_at_start`` says that the stream begins where the file
    does.
    """

    def __init__(self, stream: ByteSource, encoding: str, *, is_at_start: bool = True) -> None:
        self._stream = stream
        self._decoder = _Decoder(encoding, keeps_bytes=True, is_at_start=is_at_start)
        self._held_back = b""
        self.is_damaged = False
        self.is_at_end = False
        self.count = 0

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes of the stream in UTF-8; empty only at the end."""
        while True:
            block = self._stream.read(size)
            self.count += len(block)
            self.is_at_end = not self._stream.peek(1)
            decoded = self._held_back + self._utf_8(block)
            rest = decoded.rstrip(_END_OF_DOS_FILE)
            self._held_back = decoded[len(rest) :]
            if rest or self.is_at_end:
                return rest

    def _utf_8(self, block: bytes) -> bytes:
        if self._decoder.is_unchanged(block):
            return block
        text = self._decoder.text(block, is_last=self.is_at_end)
        self.is_damaged = self.is_damaged or UNDECODABLE in text
        return text.encode(errors=_MARK)
