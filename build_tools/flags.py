"""Compiler flags that every C file is compiled with, Cython's output included."""

from setuptools.errors import PlatformError

from .toolchain import Toolchain, demand

# The arithmetic contract rests on these; they come last on the command line, so that whatever CFLAGS holds
# cannot undo them. The general switch goes first: it resets the particular ones.
GCC_FLAGS = (
    "-std=c11",
    "-O3",
    "-g0",  # Python's own flags often ask for debugging information, five times the size
    "-fvisibility=hidden",
    "-fno-fast-math",
    "-fno-unsafe-math-optimizations",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
)
MSVC_FLAGS = ("/std:c11", "/O2", "/fp:precise")
REQUIRED = {"-ffp-contract=off", "/fp:precise"}

# 32-bit x86 computes in 80 bits unless told otherwise.
I386_GCC_FLAGS = ("-msse2", "-mfpmath=sse")

ARITHMETIC_DEMANDS = (
    "#include <float.h>\n"
    + demand("FLT_EVAL_METHOD == 0")
    + demand("!defined(__FAST_MATH__) && (!defined(__FINITE_MATH_ONLY__) || __FINITE_MATH_ONLY__ == 0)")
)
# Importing a module linked with fast-math flags switches subnormals off for the whole process.
ARITHMETIC_BODY = """
    volatile float x = 1.0f + 1.0f / 4096.0f, y = -(1.0f + 1.0f / 2048.0f), subnormal = 1e-40f;
    if (x * x + y != 0.0f) {
        PyErr_SetString(PyExc_ImportError, "a product and a sum were fused");
        return NULL;
    }
    if (subnormal * 0.5f == 0.0f) {
        PyErr_SetString(PyExc_ImportError, "subnormals were flushed to zero");
        return NULL;
    }
"""


def common_flags(toolchain: Toolchain) -> tuple[str, ...]:
    """Return the flags for every C file, or raise where the compiler cannot keep the arithmetic contract."""
    wanted = MSVC_FLAGS if toolchain.is_msvc else GCC_FLAGS
    if toolchain.architecture == "i386" and not toolchain.is_msvc:
        wanted += I386_GCC_FLAGS
    flags = toolchain.accepted(wanted)
    missing = REQUIRED.intersection(wanted).difference(flags)
    if missing:
        raise PlatformError(f"expected a compiler that takes {' '.join(missing)}, got {toolchain.version}")
    if not toolchain.module_works(ARITHMETIC_DEMANDS, ARITHMETIC_BODY, flags, link_flags(toolchain, flags)):
        raise PlatformError(
            "expected arithmetic in which every operation is rounded to float32 (does CFLAGS ask for another?), "
            f"got from {toolchain.version}: {toolchain.last_error}"
        )
    return flags


def link_flags(toolchain: Toolchain, flags: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the linker needs of the compiler's `flags`: all of them, where the compiler drives the linker.

    Fast-math flags in CFLAGS have to be undone there too, and link-time optimisation compiles once more.
    """
    return () if toolchain.is_msvc else flags


def sanitizer_flags(toolchain: Toolchain, names: str) -> tuple[str, ...]:
    """Return the flags for the comma-separated sanitizers `names`, with asserts switched on."""
    if not names:
        return ()
    if toolchain.is_msvc:
        return (f"/fsanitize={names}", "/Zi", "/UNDEBUG")
    # -g1 tells files and lines; to follow variables as well takes the compiler ten times as long.
    flags = (f"-fsanitize={names}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g1", "-O1", "-UNDEBUG")
    if not toolchain.compiles("int nativecnn_probe;\n", flags):
        raise PlatformError(f"expected a compiler with the sanitizers {names}, got: {toolchain.last_error}")
    return flags
