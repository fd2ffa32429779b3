"""Ask the C compiler questions by giving it small programs; never ask about the building machine's processor."""

import contextlib
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from setuptools.errors import CompileError, LinkError, PlatformError

ARCHITECTURES = {
    "x86_64": "defined(__x86_64__) || defined(_M_X64)",
    "aarch64": "defined(__aarch64__) || defined(_M_ARM64)",
    "i386": "defined(__i386__) || defined(_M_IX86)",
}
SAME_ARCHITECTURE = {"amd64": "x86_64", "arm64": "aarch64", "i586": "i386", "i686": "i386", "x86": "i386"}

# The string is read from the object file, so that a cross-compiler can be asked too.
VERSION_PROBE = r"""
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#elif defined(_MSC_VER)
#define COMPILER "MSVC " TEXT(_MSC_FULL_VER)
#else
#define COMPILER "unknown"
#endif
const char nativecnn_compiler[] = "<compiler " COMPILER ">";
"""

MODULE_PROBE = """
#include <Python.h>
%s
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "nativecnn_probe", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_nativecnn_probe(void)
{
    %s
    return PyModule_Create(&definition);
}
"""


class Toolchain:
    """The compiler that builds the extensions, and what it is able to do."""

    def __init__(self, compiler, module_filename: str):
        """`compiler` is the one build_ext has set up; `module_filename` the file name of a module `nativecnn_probe`."""
        self._compiler = compiler
        self._module_filename = Path(module_filename).name
        self.is_msvc = compiler.compiler_type == "msvc"
        self.last_error = ""
        self._check_works()
        self.architecture = next(
            (name for name, condition in ARCHITECTURES.items() if self.compiles(demand(condition))), "other"
        )
        self.version = self._version()
        machine = platform.machine().lower()
        self.is_cross_compiling = "_PYTHON_HOST_PLATFORM" in os.environ or self.architecture != SAME_ARCHITECTURE.get(
            machine, machine
        )

    def compiles(self, source: str, flags: tuple[str, ...] = ()) -> bool:
        """Whether `source` compiles with `flags`."""
        with tempfile.TemporaryDirectory() as folder:
            return self._compile(source, flags, folder) is not None

    def accepted(self, flags: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `flags` that the compiler takes."""
        return tuple(flag for flag in flags if self.compiles("int nativecnn_probe;\n", (flag,)))

    def module_works(
        self, includes: str, body: str, flags: tuple[str, ...] = (), link_flags: tuple[str, ...] = ()
    ) -> bool:
        """Whether a module that executes `body` when imported can be compiled, linked and imported."""
        with tempfile.TemporaryDirectory() as folder:
            objects = self._compile(MODULE_PROBE % (includes, body), flags, folder)
            if objects is None:
                return False
            try:
                with self._output_captured(folder):
                    self._compiler.link_shared_object(
                        objects,
                        os.path.join(folder, self._module_filename),
                        export_symbols=["PyInit_nativecnn_probe"],
                        extra_postargs=list(link_flags),
                        build_temp=folder,
                    )
            except LinkError as error:
                self.last_error = self._first_error(folder, error)
                return False
            if self.is_cross_compiling:
                return True
            program = f"import sys; sys.path.insert(0, {folder!r}); import nativecnn_probe"
            result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
            if result.returncode:
                lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
                self.last_error = lines[-1]
            return result.returncode == 0

    def _compile(self, source: str, flags: tuple[str, ...], folder: str) -> list[str] | None:
        path = Path(folder, "nativecnn_probe.c")
        path.write_text(source)
        try:
            with self._output_captured(folder):
                return self._compiler.compile([str(path)], output_dir=folder, extra_postargs=list(flags))
        except CompileError as error:
            self.last_error = self._first_error(folder, error)
            return None

    def _check_works(self) -> None:
        if not self.compiles("#include <Python.h>\n"):
            raise PlatformError(
                "expected a C compiler and Python's headers (Debian: gcc and python3-dev; macOS: xcode-select "
                f"--install; Windows: Visual Studio Build Tools), got: {self.last_error}"
            )

    def _version(self) -> str:
        flags = () if self.is_msvc else self.accepted(("-fno-lto",))
        with tempfile.TemporaryDirectory() as folder:
            objects = self._compile(VERSION_PROBE, flags, folder)
            found = re.search(rb"<compiler ([^>]*)>", Path(objects[0]).read_bytes()) if objects else None
        return found.group(1).decode("ascii", "replace").strip() if found else "unknown"

    @contextlib.contextmanager
    def _output_captured(self, folder: str):
        """Send what the compiler prints to a file: a question answered "no" is no error of the build."""
        sys.stdout.flush()
        sys.stderr.flush()
        saved = [os.dup(descriptor) for descriptor in (1, 2)]
        with open(Path(folder, "output.txt"), "wb") as output:
            try:
                for descriptor in (1, 2):
                    os.dup2(output.fileno(), descriptor)
                yield
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                for descriptor, original in zip((1, 2), saved, strict=True):
                    os.dup2(original, descriptor)
                    os.close(original)

    def _first_error(self, folder: str, error: Exception) -> str:
        lines = Path(folder, "output.txt").read_text(errors="replace").splitlines()
        told = next((line for line in lines if "error" in line.lower()), str(error))
        return told.replace(folder + os.sep, "").strip()


def demand(condition: str) -> str:
    """A C program that compiles only where the preprocessor `condition` holds."""
    return f'#if !({condition})\n#error "this does not hold: {condition}"\n#endif\nint nativecnn_probe;\n'
