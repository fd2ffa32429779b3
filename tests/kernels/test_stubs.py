"""Each extension module with functions for Python has a stub beside it, which tells the truth."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from nativecnn import _kernels

FOLDER = Path(_kernels.__file__).parent
STUBS = sorted(path.stem for path in FOLDER.glob("*.pyi"))


def stub_parameters(name):
    tree = ast.parse((FOLDER / f"{name}.pyi").read_text(encoding="utf-8"))
    return {
        node.name: [argument.arg for argument in node.args.args]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def test_every_function_for_python_has_a_stub():
    sources = sorted(FOLDER.glob("*.pyx"))
    if not sources:
        pytest.skip("an installed package has no sources of its extension modules")
    for source in sources:
        defined = set(re.findall(r"^def (\w+)", source.read_text(encoding="utf-8"), re.MULTILINE))
        stubbed = set(stub_parameters(source.stem)) if source.stem in STUBS else set()
        assert defined == stubbed, source.name


@pytest.mark.parametrize("name", STUBS)
def test_stub_has_the_module_s_parameters(name):
    module = importlib.import_module(f"nativecnn._kernels.{name}")
    for function, parameters in stub_parameters(name).items():
        assert list(inspect.signature(getattr(module, function)).parameters) == parameters, function
