"""Stage the parts of a huge file on a Spark cluster, through Spark Connect; no Java is needed here.

Spark decides which executor stages which part, and has a part staged once more when one is lost. It sees nothing of the
rows: each task reads its part from the folder of the job, which the executors share, and writes to files of its own
there. This package is sent along, so executors need its libraries only.
"""

from __future__ import annotations

import pickle
import secrets
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from client_import.errors import ClusterError, SourceError
from client_import.settings import Settings
from client_import.validation.spark_code import CODE, main_with_a_file, packed_code, work_of
from client_import.validation.spark_task import summaries
from client_import.validation.stage_part import PartTask, Run, StagedPart, Staging, StagingProgress

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEAST_PARTS = 4
"""A file of fewer parts is staged faster here."""

_PORT = 15_002
_CONNECT_SECONDS = 5
_LOOK_SECONDS = 0.2
_RETRIES = 6
"""How often a call is repeated while the Connect server does not answer: for less than a minute."""

_KNOCK_SECONDS, _KNOCKS = 10, 3
"""How often it is tried whether the server can be reached, and how often in a row in vain until it is given up.

A call does not notice that the server's machine has vanished.
"""

_OLDEST = 4
"""The oldest major version of Spark that will do."""

_INTERRUPT_SECONDS = 10
"""How long the server may take to end a call; then the connection to it is closed."""

_ROW = "part long, summary string, problem string, words string"


@dataclass(frozen=True, slots=True)
class SparkCluster:
    """The Spark cluster at the Connect address ``url``, to which parts of about ``part_bytes`` are given."""

    url: str
    part_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> SparkCluster | None:
        """Return the cluster that the settings name, or None."""
        url = settings.spark.get_secret_value()
        return cls(url, settings.part_mb << 20) if url else None

    @property
    def name(self) -> str:
        """Host and port, without the token that the address may have."""
        return f"{self._host}:{self._port}"

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def _port(self) -> int:
        return urlsplit(self.url).port or _PORT

    @contextmanager
    def runner(self, staging: Staging, report: Callable[[StagingProgress], None]) -> Iterator[Run]:
        """Yield a function that stages parts on the cluster, and tells ``report`` the progress.

        What ``report`` raises ends the staging within two seconds. Raises ClusterError with a sentence on what is
        missing, and SourceError as :func:`client_import.validation.stage_part.stage_part` does.
        """
        with main_with_a_file():
            spark = self._connected()
            try:
                yield _Runner(self, spark, staging, report).run
            finally:
                with suppress(Exception):
                    if self.knock():
                        spark.client.close()
                    else:
                        spark.stop()  # which waits for an answer

    def _connected(self) -> SparkSession:
        """Return a session that has the code of this package."""
        try:
            from pyspark.sql import SparkSession
            from pyspark.sql.connect.client.retries import DefaultPolicy
        except ImportError as error:
            raise ClusterError(
                f"CLIENT_IMPORT_SPARK is set, but Spark's client is not installed ({error}). Install client-import "
                "with the extra `spark`, or empty the setting: then the file is read here."
            ) from None
        if wrong := self.knock():
            raise ClusterError(self.away(wrong))
        warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # the error that follows says it
        with self.in_words():
            spark: SparkSession = SparkSession.builder.remote(self.url).create()
            spark.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES, max_backoff=8_000)])
            self._refuse_old(spark.version)
            with tempfile.TemporaryDirectory() as folder:
                spark.addArtifacts(f"{packed_code(Path(folder))}#{CODE}", archive=True)
            return spark

    def knock(self) -> str:
        """Return why the Connect server cannot be reached now, or nothing when it can."""
        try:
            socket.create_connection((self._host, self._port), _CONNECT_SECONDS).close()
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def _refuse_old(self, version: str) -> None:
        if int(version.partition(".")[0]) < _OLDEST:
            raise ClusterError(
                f"Spark {_OLDEST}.0 or newer is needed, and the one at {self.name} is version {version}. Update it, "
                "or name another one in CLIENT_IMPORT_SPARK. If it is empty, the file is read here."
            )

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turn what goes wrong with Spark within the block into a ClusterError."""
        try:
            yield
        except ClusterError:
            raise
        except Exception as error:  # gRPC's own errors have no common class
            raise ClusterError(self._sentence(str(error).replace(self.url, self.name))) from error

    def away(self, words: str) -> str:
        """Return the sentence for a Connect server that cannot be reached, as ``words`` say."""
        return (
            f"The Spark cluster at {self.name} cannot be reached ({words}). Start its Connect server, or correct "
            "CLIENT_IMPORT_SPARK. If it is empty, the file is read here."
        )

    def _sentence(self, words: str) -> str:
        its = f"The executors of the Spark cluster at {self.name}"
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        if "PYTHON_VERSION_MISMATCH" in words:
            return f"{its} run another Python than this program. Give them Python {python} (`PYSPARK_PYTHON`)."
        if "PACKAGE_NOT_INSTALLED" in words or "UNSUPPORTED_PACKAGE_VERSION" in words or "No module named" in words:
            return self.lacks(_last_line(words))
        if "StatusCode.UNAVAILABLE" in words:
            return self.away("it does not answer")
        return (
            f"The Spark cluster at {self.name} did not stage the file ({_last_line(words)}). Its log says more. Import "
            "the file again, or empty CLIENT_IMPORT_SPARK: then it is read here."
        )

    def lacks(self, words: str) -> str:
        """Return the sentence for executors that lack a library, as ``words`` say."""
        return (
            f"The executors of the Spark cluster at {self.name} lack the libraries of client-import ({words}). Install "
            "client-import with the extra `spark` where they run, or give them its image."
        )

    def does_not_see(self, folder: Path, words: str) -> str:
        """Return the sentence for executors that cannot use the ``folder`` of the job, as ``words`` say."""
        return (
            f"The executors of the Spark cluster at {self.name} cannot use the folder {folder} ({words}). Put "
            "CLIENT_IMPORT_HOME on a volume that they share at the same path and may write to."
        )


class _Runner:
    """Stages parts in one session."""

    def __init__(
        self, cluster: SparkCluster, spark: SparkSession, staging: Staging, report: Callable[[StagingProgress], None]
    ) -> None:
        self._cluster = cluster
        self._spark = spark
        self._staging = staging
        self._report = report
        self._has_news = False
        self._completed = 0
        self._sizes: dict[int, int] = {}
        self._seen: dict[Path, StagedPart] = {}
        self._progress = StagingProgress(0, 0, 0)
        self._knocked, self._in_vain = time.monotonic(), 0

    def run(self, tasks: Sequence[PartTask]) -> list[StagedPart]:
        """Stage the parts of ``tasks``; raises as :meth:`SparkCluster.runner` says."""
        tag = f"client-import-{secrets.token_hex(8)}"
        end_of_file = self._staging.folder.source.stat().st_size
        self._sizes |= {task.part.number: (task.part.end or end_of_file) - task.part.start for task in tasks}
        with ThreadPoolExecutor(1, "spark") as pool:
            call = pool.submit(self._call, tasks, tag)
            try:
                while not call.done():
                    wait([call], _LOOK_SECONDS)
                    self._tell()
                    self._look_for_the_server()
            except BaseException:
                self._interrupt(call, tag)
                raise
            with self._cluster.in_words():
                rows = call.result().sort_by("part").to_pylist()
        return [self._staged(row) for row in rows]

    def _call(self, tasks: Sequence[PartTask], tag: str) -> pa.Table:
        self._spark.addTag(tag)  # of this thread
        heed: Any = self._heed  # a plain function does; the type that Spark declares is a class
        self._spark.registerProgressHandler(heed)
        work = work_of(pickle.dumps((self._staging, list(tasks))))
        try:
            return self._spark.range(0, len(tasks), 1, len(tasks)).mapInArrow(work, _ROW).toArrow()
        finally:
            self._spark.removeProgressHandler(heed)

    def _heed(self, stages: Iterable[Any] | None, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        """Hear from Spark how many tasks are done."""
        completed = sum(stage.num_completed_tasks for stage in stages or ())
        self._has_news = self._has_news or completed != self._completed
        self._completed = completed

    def _tell(self) -> None:
        """Report what is in the parts that are done, which their tasks say in the folder of the attempts."""
        if self._has_news:
            self._has_news = False
            for path in self._staging.folder.attempts.glob("*.json"):
                if path not in self._seen:
                    self._seen[path] = summaries().validate_json(path.read_bytes())
            done = {staged.number: staged for staged in self._seen.values()}
            self._progress = StagingProgress(
                max(self._progress.rows, sum(staged.total for staged in done.values())),
                max(self._progress.rejected, sum(staged.surely_rejected for staged in done.values())),
                sum(self._sizes[number] for number in done),
            )
        self._report(self._progress)

    def _look_for_the_server(self) -> None:
        if time.monotonic() - self._knocked < _KNOCK_SECONDS:
            return
        wrong = self._cluster.knock()
        self._knocked, self._in_vain = time.monotonic(), self._in_vain + 1 if wrong else 0
        if self._in_vain >= _KNOCKS:
            raise ClusterError(self._cluster.away(wrong))

    def _interrupt(self, call: Future[Any], tag: str) -> None:
        """End the call, which may only be about to begin; also if the server does not answer any more."""
        with ThreadPoolExecutor(1, "spark-interrupt") as pool:
            give_up = time.monotonic() + (0 if self._in_vain else _INTERRUPT_SECONDS)
            asked: Future[Any] | None = None
            while not call.done():
                if asked is None or asked.done():
                    asked = pool.submit(self._spark.interruptTag, tag)
                wait([call], _LOOK_SECONDS)
                if time.monotonic() > give_up:
                    self._spark.client.close()

    def _staged(self, row: dict[str, Any]) -> StagedPart:
        if row["problem"] == "libraries":
            raise ClusterError(self._cluster.lacks(row["words"]))
        if row["problem"] == "folder":
            raise ClusterError(self._cluster.does_not_see(self._staging.folder.path, row["words"]))
        if row["problem"]:
            raise SourceError(row["words"])
        return summaries().validate_json(row["summary"])


def _last_line(words: str) -> str:
    """Return the line of Spark's words that says most: of a traceback, the exception."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if "Error: " in line and not line.startswith(("at ", "File "))]
    return (errors or lines or ["without words"])[-1 if errors else 0].rstrip(".")
