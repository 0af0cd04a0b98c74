"""What a figure was measured on, printed beside it."""

import os
import platform
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any


def facts(on: date, folder: Path | None = None) -> dict[str, Any]:
    """Return cores, interpreter, date, BLAS core type and the median cost of one ``fdatasync``.

    Parameters
    ----------
    on : the day of the measurement, passed in by the command line.
    folder : where the benchmark's home lies; the system's scratch folder where not given.
    """
    return {
        "on": on.isoformat(),
        "n_cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "openblas_coretype": os.environ.get("OPENBLAS_CORETYPE", "unset"),
        "load_1m": round(os.getloadavg()[0], 2),
        "fdatasync_p50_ms": round(fdatasync_p50_ms(folder), 3),
    }


def fdatasync_p50_ms(folder: Path | None = None, n: int = 200) -> float:
    """Return the median time to make 4 KiB durable where the home lies."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(n):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return sorted(took)[n // 2] * 1000


def sentence(machine: dict[str, Any]) -> str:
    """Return the facts in one line for a person."""
    return (
        f"{machine['n_cores']} cores ({machine['machine']}), Python {machine['python']}, "
        f"{machine['on']}, load {machine['load_1m']}, fdatasync p50 "
        f"{machine['fdatasync_p50_ms']} ms, OPENBLAS_CORETYPE {machine['openblas_coretype']}"
    )
