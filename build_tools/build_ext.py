"""The build_ext command: one Cython module per family of kernels, one object per instruction set."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

import Cython
from Cython.Build import cythonize
from setuptools import Extension
from setuptools.command.build_ext import build_ext
from setuptools.modified import newer_group

from .flags import common_flags, link_flags, sanitizer_flags
from .instruction_sets import EMULATED, EMULATION_FOLDER, choose_emulated_sets, choose_instruction_sets
from .threads import find_threads
from .toolchain import Toolchain

KERNELS = "nativecnn/_kernels"
TILE = f"{KERNELS}/tile"
POOL = f"{KERNELS}/pool"
FACTS = f"{KERNELS}/_build_config.py"
RUNTIME = "nativecnn._kernels.runtime"  # holds the tile kernels of every instruction set, and the pool of threads
CYTHON_DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
}


def kernel_extensions() -> list[Extension]:
    """Return an extension for each nativecnn/_kernels/*.pyx."""
    headers = sorted(glob(f"{TILE}/**/*.h", recursive=True) + glob(f"{KERNELS}/*.pxd"))
    extensions = []
    for source in sorted(glob(f"{KERNELS}/*.pyx")):
        name = f"nativecnn._kernels.{Path(source).stem}"
        extension = Extension(name, [source], include_dirs=[KERNELS, TILE, POOL], depends=headers)
        if name == RUNTIME:
            tiles = set(glob(f"{TILE}/*.c"))
            instruction_sets = set(glob(f"{TILE}/isa_*.c"))
            extension.sources += sorted(tiles - instruction_sets) + sorted(glob(f"{POOL}/*.c"))
            extension.depends = headers + sorted(instruction_sets) + sorted(glob(f"{POOL}/*.h"))
        extensions.append(extension)
    return extensions


class BuildKernels(build_ext):
    """Choose flags by asking the compiler, build, and write down what was chosen."""

    def finalize_options(self):
        super().finalize_options()
        if self.parallel is None:
            self.parallel = os.cpu_count()

    def build_extensions(self):
        toolchain = Toolchain(self.compiler, self.get_ext_filename("nativecnn_probe"))
        flags = common_flags(toolchain)
        self.instruction_sets, left_out = choose_instruction_sets(toolchain, TILE)
        self.instruction_sets |= choose_emulated_sets(toolchain, os.environ.get("NATIVECNN_EMULATE", ""))
        self.threads_flags = find_threads(toolchain, os.environ.get("NATIVECNN_THREADS"))
        sanitizers = os.environ.get("NATIVECNN_SANITIZE", "")
        sanitize = sanitizer_flags(toolchain, sanitizers)
        facts = {
            "compiler": toolchain.version,
            "architecture": toolchain.architecture,
            "compile_flags": flags,
            "threads_flags": self.threads_flags,
            "instruction_sets": self.instruction_sets,
            "instruction_sets_left_out": left_out,
            "sanitizers": sanitizers,
        }
        report(facts)
        text = module_text(facts)
        # What an earlier build left is of use only if it succeeded and chose the same.
        stamp = Path(self.build_temp, "stamp.txt")
        stamp_text = f"{text}{CYTHON_DIRECTIVES}\nCython {Cython.__version__}\n"
        self.force = self.force or not stamp.exists() or stamp.read_text() != stamp_text
        stamp.unlink(missing_ok=True)
        for extension in self.extensions:
            extension.extra_compile_args = [*flags, *sanitize]
            extension.extra_link_args = [*link_flags(toolchain, flags), *sanitize]
            if not sanitize:
                extension.define_macros.append(("NDEBUG", None))
            if not toolchain.is_msvc:
                extension.libraries.append("m")
        self._cythonize()
        super().build_extensions()
        Path(self.build_lib, FACTS).write_text(text)
        stamp.write_text(stamp_text)

    def copy_extensions_to_source(self):
        super().copy_extensions_to_source()
        self.copy_file(os.path.join(self.build_lib, FACTS), FACTS)

    def build_extension(self, ext):
        if ext.name == RUNTIME:
            with ThreadPoolExecutor(self.parallel) as executor:
                objects = [
                    executor.submit(self._compile_instruction_set, ext, name, flags)
                    for name, flags in self.instruction_sets.items()
                ]
            ext.extra_objects = [compiled.result() for compiled in objects]
            ext.define_macros += [(f"NATIVECNN_HAVE_{name.upper()}", "1") for name in self.instruction_sets]
            if self.threads_flags is None:
                ext.define_macros.append(("NATIVECNN_SERIAL", "1"))
            else:
                ext.extra_compile_args = [*self.threads_flags, *ext.extra_compile_args]
                ext.extra_link_args = [*self.threads_flags, *ext.extra_link_args]
        super().build_extension(ext)

    def _compile_instruction_set(self, ext: Extension, name: str, flags: tuple[str, ...]) -> str:
        file = name.removesuffix(EMULATED)
        source, folder = f"{TILE}/isa_{file}.c", os.path.join(self.build_temp, name)
        emulation = [f"{TILE}/{EMULATION_FOLDER}"] if name != file else []
        (target,) = self.compiler.object_filenames([source], output_dir=folder)
        if self.force or newer_group([source, *ext.depends], target):
            self.compiler.compile(
                [source],
                output_dir=folder,
                macros=[*ext.define_macros, ("INSTRUCTION_SET", name)],
                include_dirs=[*emulation, *ext.include_dirs],
                extra_postargs=[*ext.extra_compile_args, *flags],
            )
        return target

    def _cythonize(self) -> None:
        translated = cythonize(self.extensions, compiler_directives=CYTHON_DIRECTIVES, force=self.force)
        sources = {extension.name: extension.sources for extension in translated}
        for extension in self.extensions:
            extension.sources = sources[extension.name]


def module_text(facts: dict[str, object]) -> str:
    """Return the text of _build_config.py."""
    heading = '"""What the build chose. Written by the build, read by nativecnn.show_config()."""\n\n'
    return heading + "".join(f"{name} = {value!r}\n" for name, value in facts.items())


def report(facts: dict[str, object]) -> None:
    """Print what was chosen."""
    for name, value in facts.items():
        print(f"nativecnn build: {name} = {value}", file=sys.stderr)
    if facts["threads_flags"] is None:
        print("nativecnn build: SERIAL, no threads: same results, one thread", file=sys.stderr)
