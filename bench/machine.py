"""What a run was measured on, and with which versions and settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import nativecnn
from engine import Engine

_VARIABLES = ("OMP_", "GOMP_", "KMP_", "MKL_", "NATIVECNN_", "DNNL_", "ONEDNN_")


def describe_machine(engines: Iterable[Engine], threads: int) -> dict[str, Any]:
    """Return processor, operating system, versions, build, threads, environment variables and date."""
    versions: dict[str, str] = {}
    for engine in engines:
        versions |= engine.versions()
    config = nativecnn.show_config("dict")
    sets = config["instruction_sets"]
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "processor": config["processor"],
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "platform": config["platform"],
        "python": config["python"],
        "versions": {"numpy": config["numpy"], **versions},
        "instruction_set": sets["in_use"],
        "compiler": config["compiler"],
        "compile_flags": config["compile_flags"] + sets["built"][sets["in_use"]],
        "threads_library": config["threads_library"],
        "openmp_runtimes": _openmp_runtimes(),
        "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith(_VARIABLES)},
    }


def headline(machine: dict[str, Any]) -> str:
    """Return the machine in a line."""
    versions = ", ".join(f"{name} {text}" for name, text in machine["versions"].items() if "\n" not in text)
    return f"{machine['processor']}, {machine['instruction_set']}, threads: {machine['threads']}; {versions}"


def _openmp_runtimes() -> list[str]:
    """Return the files of the OpenMP runtimes in this process (Linux), each with its package's folder."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    paths = {Path(line.split()[-1]) for line in lines if "omp" in line.split()[-1].rsplit("/", 1)[-1]}
    return sorted("/".join(path.parts[-3:]) for path in paths if ".so" in path.name and "omp" in path.name)
