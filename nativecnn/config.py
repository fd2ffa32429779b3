"""What was built, what this machine offers, what is in use: look here first when results or speed surprise."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernels import _build_config, runtime, threads
from .version import version


def show_config(mode: str = "stdout") -> dict[str, Any] | None:
    """Print, or return, how nativecnn was built and what it uses on this machine.

    Parameters
    ----------
    mode
        "stdout" prints a table and returns None; "dict" prints nothing and returns the same facts.

    Returns
    -------
    dict or None
        Keys "nativecnn", "python", "numpy" (versions), "platform", "processor", "compiler", "compile_flags",
        "threads_library" (None for a serial build), "instruction_sets" ("built" with their
        flags, "left_out" with reasons, "supported" by this processor and operating system, "in_use"), "threads"
        ("number" and "source") and "sanitizers" (empty in an ordinary build).

    Raises
    ------
    ValueError
        If `mode` is neither "stdout" nor "dict".

    Examples
    --------
    >>> nativecnn.show_config("dict")["instruction_sets"]["in_use"]
    'avx2'
    """
    if mode not in ("stdout", "dict"):
        raise ValueError(f'show_config: expected mode "stdout" or "dict", got {mode!r}')
    config = _collect()
    if mode == "dict":
        return config
    print(_table(config))
    return None


def _collect() -> dict[str, Any]:
    import platform  # takes longer to import than all the rest

    return {
        "nativecnn": version(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": np.__version__,
        "platform": platform.platform(),
        "processor": runtime.processor_name(),
        "compiler": _build_config.compiler,
        "compile_flags": list(_build_config.compile_flags),
        "threads_library": runtime.threads_library(),
        "instruction_sets": {
            "built": {name: list(_build_config.instruction_sets[name]) for name in runtime.built_instruction_sets()},
            "left_out": dict(_build_config.instruction_sets_left_out),
            "supported": list(runtime.supported_instruction_sets()),
            "in_use": runtime.instruction_set(),
        },
        "threads": {"number": threads.get_num_threads(), "source": threads.default_threads_source()},
        "sanitizers": _build_config.sanitizers,
    }


def _table(config: dict[str, Any]) -> str:
    sets = config["instruction_sets"]
    rows = [
        ("nativecnn", config["nativecnn"]),
        ("Python", config["python"]),
        ("NumPy", config["numpy"]),
        ("platform", config["platform"]),
        ("processor", config["processor"]),
        ("compiler", config["compiler"]),
        ("compiler flags", " ".join(config["compile_flags"])),
        ("threads library", config["threads_library"] or "none: serial build (the same results on one thread)"),
        ("instruction sets built", ", ".join(_with_flags(*item) for item in sets["built"].items())),
        *(("  left out", f"{name}: {reason}") for name, reason in sets["left_out"].items()),
        ("  supported here", ", ".join(sets["supported"])),
        ("  in use", sets["in_use"]),
        ("threads", f"{config['threads']['number']} ({config['threads']['source']})"),
    ]
    if config["sanitizers"]:
        rows.append(("sanitizers", config["sanitizers"]))
    width = max(len(label) for label, _ in rows)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in rows)


def _with_flags(name: str, flags: list[str]) -> str:
    return f"{name} ({' '.join(flags)})" if flags else name
