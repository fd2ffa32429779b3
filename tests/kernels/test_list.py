"""Both backends offer the same functions, and each of them is tested here."""

import ast
import inspect
from pathlib import Path

import pytest

from nativecnn import _kernels, reference


def test_both_backends_have_the_same_functions():
    assert set(reference.__all__) - {"CONTRACT_VERSION"} == set(_kernels.__all__)
    for module in (reference, _kernels):
        assert sorted(set(module.__all__)) == sorted(module.__all__)


@pytest.mark.parametrize("name", _kernels.__all__)
def test_both_backends_have_the_same_signatures(name):
    def parameters(module):
        signature = inspect.signature(getattr(module, name))
        return [(p.name, p.kind, p.default) for p in signature.parameters.values()]

    assert parameters(_kernels) == parameters(reference)


@pytest.mark.parametrize("name", _kernels.__all__)
def test_every_function_is_compared_with_the_reference(name):
    # A function is compared by handing its name to call_native and call_reference, or from both modules by name.
    mentioned = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        if path.name == Path(__file__).name:
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        mentioned |= {node.value for node in nodes if isinstance(node, ast.Constant)}
        by_module = {"_kernels": set(), "reference": set()}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in by_module:
                by_module[node.value.id].add(node.attr)
        mentioned |= by_module["_kernels"] & by_module["reference"]
    assert name in mentioned
