"""The instruction sets the tile kernels are compiled for: one row and one file tile/isa_<name>.c each."""

from dataclasses import dataclass
from pathlib import Path

from setuptools.errors import PlatformError

from .toolchain import ARCHITECTURES, Toolchain, demand


@dataclass(frozen=True)
class InstructionSet:
    """How to compile one instruction set, and a program that proves the compiler can."""

    name: str
    architecture: str
    flags: tuple[str, ...]
    msvc_flags: tuple[str, ...]
    probe: str


AVX2_PROBE = demand("defined(__AVX2__)") + (
    "#include <immintrin.h>\n"
    "__m256 nativecnn_probe_fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }\n"
)
AVX512_PROBE = demand("defined(__AVX512F__) && defined(__AVX512BW__)") + (
    "#include <immintrin.h>\n"
    "__m512 nativecnn_probe_fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }\n"
)

NEON_PROBE = (
    "#include <arm_neon.h>\n"
    "float32x4_t nativecnn_probe_fma(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }\n"
)

# isa_generic.c is portable C, is always compiled and needs no row.
INSTRUCTION_SETS = (
    InstructionSet("avx2", "x86_64", ("-mavx2", "-mfma"), ("/arch:AVX2",), AVX2_PROBE),
    InstructionSet(
        "avx512",
        "x86_64",
        ("-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma"),
        ("/arch:AVX512",),
        AVX512_PROBE,
    ),
    InstructionSet("neon", "aarch64", (), (), NEON_PROBE),
)

# A set that is emulated as well is compiled from its file as it is, under another name; these headers stand in for the
# compiler's.
EMULATED = "_emulated"
EMULATION_FOLDER = "emulation"
EMULATION_FLAGS = ("-O1", "-ftree-vectorize")  # -O3 compiles for minutes; what is vectorised is the multiply-add
EMULATION_PROBE = "#include <simde/simde-features.h>\nint nativecnn_probe;\n"


def choose_instruction_sets(toolchain: Toolchain, folder: str) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return the flags of each instruction set to build, and for each one left out the reason.

    `folder` holds the files isa_<name>.c; "generic" comes first and has no flags of its own.
    """
    files = {path.stem.removeprefix("isa_") for path in Path(folder).glob("isa_*.c")}
    unknown = files - {"generic"} - {row.name for row in INSTRUCTION_SETS}
    if unknown:
        raise ValueError(
            f"expected a row in build_tools/instruction_sets.py for every tile/isa_*.c, got none for {sorted(unknown)}"
        )
    built: dict[str, tuple[str, ...]] = {"generic": ()}
    left_out: dict[str, str] = {}
    for row in INSTRUCTION_SETS:
        flags = row.msvc_flags if toolchain.is_msvc else row.flags
        if row.name not in files:
            continue
        if not toolchain.compiles(demand(ARCHITECTURES[row.architecture])):
            left_out[row.name] = f"needs {row.architecture}, the compiler targets {toolchain.architecture}"
        elif not toolchain.compiles(row.probe, flags):
            left_out[row.name] = f"the compiler refuses {' '.join(flags)}: {toolchain.last_error}"
        else:
            built[row.name] = flags
    return built, left_out


def choose_emulated_sets(toolchain: Toolchain, wish: str) -> dict[str, tuple[str, ...]]:
    """Return the flags of each instruction set to emulate as well.

    `wish` is NATIVECNN_EMULATE, comma-separated names. SIMDe provides their instructions, so that their kernels can be
    tested on any processor.
    """
    names = [name.strip() for name in wish.split(",") if name.strip()]
    known = [row.name for row in INSTRUCTION_SETS]
    if not set(names) <= set(known):
        raise PlatformError(f"expected NATIVECNN_EMULATE to name some of {', '.join(known)}, got {wish!r}")
    if names and not toolchain.compiles(EMULATION_PROBE):
        raise PlatformError(
            f"expected SIMDe's headers for NATIVECNN_EMULATE={wish} (Debian: libsimde-dev), got: {toolchain.last_error}"
        )
    return dict.fromkeys((name + EMULATED for name in names), () if toolchain.is_msvc else EMULATION_FLAGS)
