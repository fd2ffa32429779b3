"""Find OpenMP by compiling, linking and importing a module that uses it."""

import shutil
import subprocess
from dataclasses import dataclass

from setuptools.errors import PlatformError

from .toolchain import Toolchain, demand

INCLUDES = "#include <omp.h>\n" + demand("defined(_OPENMP)")
BODY = """
    int threads = 0;
    #pragma omp parallel reduction(+ : threads)
    threads += 1;
    if (threads < 1 || omp_get_max_threads() < 1) {
        PyErr_SetString(PyExc_ImportError, "OpenMP gave no thread");
        return NULL;
    }
"""


@dataclass(frozen=True)
class OpenMP:
    """Flags that switch OpenMP on."""

    compile_flags: tuple[str, ...]
    link_flags: tuple[str, ...]


def find_openmp(toolchain: Toolchain, wish: str | None) -> OpenMP | None:
    """Return OpenMP's flags, or None for a serial build.

    `wish` is NATIVECNN_OPENMP: "0" builds serially, "1" makes a missing OpenMP an error, None takes what is there.
    """
    if wish not in (None, "", "0", "1"):
        raise PlatformError(f"expected NATIVECNN_OPENMP=0 or 1, got {wish!r}")
    if wish == "0":
        return None
    refusals = []
    for candidate in candidates(toolchain):
        if toolchain.module_works(INCLUDES, BODY, candidate.compile_flags, candidate.link_flags):
            return candidate
        refusals.append(f"{' '.join(candidate.compile_flags)}: {toolchain.last_error}")
    if wish == "1":
        raise PlatformError("expected OpenMP (NATIVECNN_OPENMP=1), got:\n  " + "\n  ".join(refusals))
    return None


def candidates(toolchain: Toolchain) -> list[OpenMP]:
    """Return the ways to switch OpenMP on, the likeliest first."""
    if toolchain.is_msvc:
        return [OpenMP(("/openmp",), ())]
    # Apple's clang has OpenMP switched off in its driver and brings no runtime.
    apple = OpenMP(("-Xpreprocessor", "-fopenmp"), ("-lomp",))
    found = [OpenMP(("-fopenmp",), ("-fopenmp",)), apple]
    prefix = homebrew_prefix()
    if prefix:
        found.append(OpenMP((*apple.compile_flags, f"-I{prefix}/include"), (f"-L{prefix}/lib", *apple.link_flags)))
    return found


def homebrew_prefix() -> str | None:
    """Return where Homebrew keeps libomp, if it does."""
    brew = shutil.which("brew")
    if brew is None:
        return None
    result = subprocess.run([brew, "--prefix", "libomp"], capture_output=True, text=True, timeout=60)
    return result.stdout.strip() or None
