"""What was measured on: the machine, the days, and how busy it was."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

PROCESSORS = Path("/proc/cpuinfo")

Machine = Mapping[str, str]
"""The machine of one block: processor, cores, memory, system, load average of the last 15 minutes, and date."""


def this_machine() -> Machine:
    """Return what measurements are made on now, and how busy it was in the last 15 minutes."""
    lines = PROCESSORS.read_text(encoding="utf-8").splitlines() if PROCESSORS.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": platform.system(),
        "load": f"{os.getloadavg()[2]:.1f}",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def hardware(machine: Machine) -> str:
    """Return what is the same in all measurements that can be compared."""
    return f"{machine['cores']} cores of {machine['processor']}, {machine['memory']}, {machine['system']}"


def measured_on(machines: Mapping[str, Machine]) -> str:
    """Say on which machine, when, and beside how much else the named blocks were measured; a line for each machine."""
    named: dict[str, list[str]] = {}
    for name, machine in machines.items():
        named.setdefault(hardware(machine), []).append(name)
    told = [f"{same}, {_when([machines[name] for name in names])}" for same, names in named.items()]
    if len(told) < 2:
        return f"Measured on {''.join(told) or 'no machine yet'}."
    lines = [f"- {text}: {'; '.join(names)}." for text, names in zip(told, named.values(), strict=True)]
    return "\n".join(
        ["Measured on more than one machine, so figures of different ones are not to be compared:\n", *lines]
    )


def _when(machines: list[Machine]) -> str:
    first, last = (choose(machine["date"] for machine in machines) for choose in (min, max))
    busy = max(float(machine["load"]) for machine in machines)
    days = first if first == last else f"{first} to {last}"
    return f"{days}; load average of 15 minutes at most {busy:.1f}, where one run alone makes about 1.5"
