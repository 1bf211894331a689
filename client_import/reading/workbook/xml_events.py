"""Read XML piece by piece, and hand its elements to functions by their names without namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol
from xml.parsers import expat

from client_import.reading.workbook.sheet import broken

Attributes = dict[str, str]
"""The attributes of an element; before the name of one with a prefix stand its namespace and a line break."""


class Handlers(Protocol):
    """What is called at the start and the end of elements, and with their text."""

    @property
    def starts(self) -> Mapping[str, Callable[[Attributes], None]]:
        """What is called with the attributes of an element that starts, by its name."""

    @property
    def ends(self) -> Mapping[str, Callable[[], None]]:
        """What is called for an element that ends, by its name."""

    def text(self, text: str) -> None:
        """Take some text of the innermost open element."""


class Done(Exception):  # noqa: N818 - it ends the reading, and is no error
    """Raised by handlers that need nothing more."""


class XmlReader:
    """Feeds XML to ``handlers``.

    Raises SourceError if it is broken, or declares a document type, which no workbook does and which may be a bomb.
    """

    def __init__(self, handlers: Handlers) -> None:
        self._parser = parser = expat.ParserCreate(namespace_separator="\n")
        starts, ends = _ByFullName(handlers.starts), _ByFullName(handlers.ends)

        def start(name: str, attributes: Attributes) -> None:
            handle = starts[name]
            if handle is not None:
                handle(attributes)

        def end(name: str) -> None:
            handle = ends[name]
            if handle is not None:
                handle()

        def declared(*_: Any) -> None:
            raise broken("its XML declares a document type")

        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = handlers.text
        parser.StartDoctypeDeclHandler = declared

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Read on; what the handlers raise is raised."""
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise broken(f"its XML is damaged: {error}") from None


class _ByFullName(dict[str, Callable[..., None] | None]):
    """Functions by the names with namespace that expat gives, found by the names without."""

    def __init__(self, functions: Mapping[str, Callable[..., None]]) -> None:
        super().__init__()
        self._functions = functions

    def __missing__(self, name: str) -> Callable[..., None] | None:
        function = self._functions.get(name.rpartition("\n")[2])
        if len(self) < 1_000:  # a broken file may have names without number
            self[name] = function
        return function


def local(attributes: Attributes) -> Attributes:
    """Return the attributes by their names without namespace."""
    return {name.rpartition("\n")[2]: value for name, value in attributes.items()}


def ignore(_text: str) -> None:
    """Take no notice of a text."""


def read_all(pieces: Iterable[bytes], handlers: Handlers) -> None:
    """Read a whole document."""
    reader = XmlReader(handlers)
    for piece in pieces:
        reader.feed(piece)
    reader.feed(b"", is_last=True)


class Collecting(Handlers, Protocol):
    """Handlers that collect something from the elements."""

    def taken(self) -> list[Any]:
        """Return what was collected since the last time."""


def collected(pieces: Iterable[bytes], handlers: Collecting) -> Iterator[Any]:
    """Yield what ``handlers`` collect, after each piece; ends where they raise :class:`Done`."""
    reader = XmlReader(handlers)
    try:
        for piece in pieces:
            reader.feed(piece)
            yield from handlers.taken()
        reader.feed(b"", is_last=True)
    except Done:
        pass
    yield from handlers.taken()
