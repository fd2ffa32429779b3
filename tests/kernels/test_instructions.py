"""Which machine instructions the extension modules hold, by disassembly."""

import importlib.util
import pkgutil
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nativecnn import _kernels
from nativecnn._kernels import runtime

pytestmark = [
    pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these prefixes are x86-64's"),
    pytest.mark.skipif(not (shutil.which("objdump") and shutil.which("readelf")), reason="no GNU binutils"),
]

SYMBOL = re.compile(r"\s*\d+: ([0-9a-f]+)\s+(\d+) (\w+)\s+\w+\s+\w+\s+(\w+) ?(.*)")
# In 64-bit code c4, c5 and 62 begin nothing but a VEX or EVEX prefix; segment and address size may come before.
AVX = re.compile(r"^ *([0-9a-f]+):\t(?:(?:26|2e|36|3e|64|65|67) )*(?:c4|c5|62) .*", re.MULTILINE)


def functions_by_file(library):
    """Return the functions of each source file: a list of the files' names with lists of (name, start, end)."""
    listing = subprocess.run(["readelf", "-sW", library], capture_output=True, text=True, check=True).stdout
    files = [("", [])]
    for line in listing[listing.find("'.symtab'") :].splitlines():
        match = SYMBOL.match(line)
        if match is None:
            continue
        start, size, kind, section, name = match.groups()
        if kind == "FILE":
            files.append((name, []))
        elif kind == "FUNC" and section != "UND":
            files[-1][1].append((name, int(start, 16), int(start, 16) + int(size)))
    return [(name, functions) for name, functions in files if functions]


def avx_instructions(library, functions):
    """Return the AVX instructions, of whichever kind, in functions of one file."""
    first, last = min(start for _, start, _ in functions), max(end for _, _, end in functions)
    command = ["objdump", "-d", "-w", f"--start-address={first}", f"--stop-address={last}", library]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = [(int(match[1], 16), match[0].strip()) for match in AVX.finditer(listing)]
    return [line for address, line in found if any(start <= address < end for _, start, end in functions)]


def belongs_to_an_instruction_set(file, functions):
    emulated = any("_emulated" in name for name, _, _ in functions)
    return file.startswith("isa_") and file != "isa_generic.c" and not emulated


def modules():
    for module in pkgutil.iter_modules(_kernels.__path__):
        origin = importlib.util.find_spec(f"nativecnn._kernels.{module.name}").origin
        if not origin.endswith(".py"):
            yield pytest.param(origin, id=module.name)


@pytest.mark.parametrize("library", list(modules()))
def test_common_code_needs_no_more_than_any_x86_64_processor_has(library):
    files = functions_by_file(library)
    if not files:
        pytest.skip(f"{Path(library).name} was stripped of its symbols")
    for file, functions in files:
        if not belongs_to_an_instruction_set(file, functions):
            assert avx_instructions(library, functions) == []


@pytest.mark.skipif("avx2" not in runtime.built_instruction_sets(), reason="the kernels for AVX2 were not built")
def test_the_instructions_of_an_instruction_set_are_recognised():
    library = runtime.__file__
    for file, functions in functions_by_file(library):
        if belongs_to_an_instruction_set(file, functions):
            assert len(avx_instructions(library, functions)) > 1000
            break
    else:
        pytest.skip("stripped of its symbols")
