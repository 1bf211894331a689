"""Imports, undos and other programs on a table of clients in plain dictionaries: section 11 said a second time.

It shares no code with the program. A client is a dictionary of field to value, and by whom it was last changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Fields = dict[str, str]


@dataclass
class Client:
    """A client, by whom it was created, and who last changed it: places in the list of jobs."""

    values: Fields
    created_by: int
    updated_by: int

    def copy(self) -> Client:
        return Client(dict(self.values), self.created_by, self.updated_by)


@dataclass
class Update:
    """What a job changed of a client: each field's value before and after, and who had changed it before and after."""

    fields: dict[str, tuple[str, str]]
    by_before: int
    by_after: int


@dataclass
class Done:
    """What a job has done; ``undoes`` is the job that it undid."""

    undoes: int | None = None
    updates: dict[str, Update] = field(default_factory=dict)
    brought: dict[str, Fields] = field(default_factory=dict)
    removed: dict[str, Client] = field(default_factory=dict)
    left: int = 0

    @property
    def changed(self) -> int:
        return len(self.updates) + len(self.brought) + len(self.removed)


class Model:
    """The table, and all that was done to it."""

    def __init__(self) -> None:
        self.table: dict[str, Client] = {}
        self.jobs: list[Done] = []

    def run(self, rows: dict[str, Fields]) -> None:
        """Import the rows, each with all its fields, by code."""
        job, place = Done(), len(self.jobs)
        for code, values in rows.items():
            client = self.table.get(code)
            if client is None:
                self.table[code] = Client(dict(values), place, place)
                job.brought[code] = dict(values)
                continue
            fields = {
                name: (client.values[name], value) for name, value in values.items() if client.values[name] != value
            }
            if fields:
                job.updates[code] = Update(fields, client.updated_by, place)
                client.values |= values
                client.updated_by = place
        self.jobs.append(job)

    def other_program(self, code: str, name: str, value: str) -> None:
        """Write a value without leaving a trace."""
        if code in self.table:
            self.table[code].values[name] = value

    def other_program_removes(self, code: str) -> None:
        """Remove a client without leaving a trace."""
        self.table.pop(code, None)

    def is_undone(self, place: int) -> bool:
        """Whether an undo of the job is in effect: one that is not undone itself."""
        undos = (its for its, job in enumerate(self.jobs) if job.undoes == place and job.changed)
        return any(not self.is_undone(its) for its in undos)

    def undo(self, place: int) -> None:
        """Take the job back."""
        target, job, own = self.jobs[place], Done(undoes=place), len(self.jobs)
        for code, values in target.brought.items():
            client = self.table.get(code)
            if client is None or client.values != values or self._later(place, code):
                job.left += 1
            else:
                job.removed[code] = self.table.pop(code)
        for code, update in target.updates.items():
            self._put_back(place, own, job, code, update)
        for code, client in target.removed.items():
            if code in self.table:
                job.left += 1
            else:
                self.table[code] = client.copy()
                job.brought[code] = dict(client.values)
        self.jobs.append(job)

    def _put_back(self, place: int, own: int, job: Done, code: str, update: Update) -> None:
        client, later = self.table.get(code), self._later(place, code)
        back = {
            name: (after, before)
            for name, (before, after) in update.fields.items()
            if client is not None and client.values[name] == after and name not in later
        }
        if client is None or not back:
            job.left += 1
            return
        is_as_before = len(back) == len(update.fields) and client.updated_by == update.by_after
        by = update.by_before if is_as_before else own
        job.updates[code] = Update(back, client.updated_by, by)
        client.values |= {name: before for name, (_after, before) in back.items()}
        client.updated_by = by

    def _later(self, place: int, code: str) -> set[str]:
        """The fields of the client that later imports changed, or created, which are not undone."""
        return {
            name
            for its, job in enumerate(self.jobs)
            if its > place and job.undoes is None and not self.is_undone(its)
            for name in (*job.brought.get(code, ()), *(job.updates[code].fields if code in job.updates else ()))
        }
