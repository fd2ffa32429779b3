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
    """Return the parameters of each function in a stub, as text, "divisor=1" where there is a default."""
    tree = ast.parse((FOLDER / f"{name}.pyi").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for argument in [argument for function in functions for argument in function.args.args]:
        argument.annotation = None
    return {function.name: ast.unparse(function.args) for function in functions}


def parameters_of(function):
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(str(parameter.replace(annotation=inspect.Parameter.empty)) for parameter in parameters)


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
        assert parameters_of(getattr(module, function)) == parameters, function
