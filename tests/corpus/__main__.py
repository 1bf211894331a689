"""Write every case to ``tests/files``, and remove what no case is called."""

from __future__ import annotations

from pathlib import Path

from tests.corpus import CASES

FOLDER = Path(__file__).parent.parent / "files"
ATTRIBUTES = ".gitattributes"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    names = {name for case in CASES for name in (case.file_name, case.expected_name)}
    for path in FOLDER.iterdir():
        if path.name not in names and path.name != ATTRIBUTES:
            path.unlink()
    for case in CASES:
        (FOLDER / case.file_name).write_bytes(case.file_bytes)
        (FOLDER / case.expected_name).write_text(case.expected_text, "utf-8", newline="\n")
    (FOLDER / ATTRIBUTES).write_text("# The bytes are the test.\n* -text\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
