"""Compiler flags that every C file is compiled with, Cython's output included."""

from setuptools.errors import PlatformError

from .toolchain import Toolchain, demand

# The arithmetic contract rests on these; they come last on the command line, so that whatever CFLAGS holds
# cannot undo them. The general switch goes first: it resets the particular ones.
GCC_FLAGS = (
    "-std=c11",
    "-O3",
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

ARITHMETIC_PROBE = (
    "#include <float.h>\n"
    + demand("FLT_EVAL_METHOD == 0")
    + demand("!defined(__FAST_MATH__) && (!defined(__FINITE_MATH_ONLY__) || __FINITE_MATH_ONLY__ == 0)")
)


def common_flags(toolchain: Toolchain) -> tuple[str, ...]:
    """Return the flags for every C file, or raise where the compiler cannot keep the arithmetic contract."""
    wanted = MSVC_FLAGS if toolchain.is_msvc else GCC_FLAGS
    if toolchain.architecture == "i386" and not toolchain.is_msvc:
        wanted += I386_GCC_FLAGS
    flags = toolchain.accepted(wanted)
    missing = REQUIRED.intersection(wanted).difference(flags)
    if missing:
        raise PlatformError(f"expected a compiler that takes {' '.join(missing)}, got {toolchain.version}")
    if not toolchain.compiles(ARITHMETIC_PROBE, flags):
        raise PlatformError(
            f"expected float32 arithmetic rounded to float32, got from {toolchain.version}: {toolchain.last_error}"
        )
    return flags


def sanitizer_flags(toolchain: Toolchain, names: str) -> tuple[str, ...]:
    """Return the flags for the comma-separated sanitizers `names`, with asserts switched on."""
    if not names:
        return ()
    if toolchain.is_msvc:
        return (f"/fsanitize={names}", "/Zi", "/UNDEBUG")
    flags = (f"-fsanitize={names}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g", "-O1", "-UNDEBUG")
    if not toolchain.compiles("int nativecnn_probe;\n", flags):
        raise PlatformError(f"expected a compiler with the sanitizers {names}, got: {toolchain.last_error}")
    return flags
