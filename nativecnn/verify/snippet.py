"""A failing case as a program to paste."""

from __future__ import annotations

import inspect
import re
from pprint import pformat

import numpy as np

from .arrays import bits, lay_out
from .cases import Case, Circumstance, Difference, Operand

# What the computing functions of the families may use.
_IMPORTS = (
    "from nativecnn import ops",
    "from nativecnn._kernels import runtime",
    "from nativecnn.epilogue import Epilogue",
    "from nativecnn.ops.backend import kernels",
    "from nativecnn.ops.conv import conv2d_geometry",
    "from nativecnn.ops.conv3d import conv3d_geometry",
    "from nativecnn.ops.conv_transpose import conv2d_transpose_geometry",
    "from nativecnn.ops.pooling import pooling_geometry",
    "from nativecnn.verify.arrays import random_array",
)
_FEW = 32  # numbers that are written out where they could be drawn

_TRAINING_PROGRAM = """\
import nativecnn
from nativecnn._kernels import runtime
{imports}

{expected}
runtime.set_instruction_set({instruction_set!r})
runtime.set_work_per_thread(1)  # small arrays, too, are shared out between threads
with nativecnn.use_backend("native"), nativecnn.threads({threads}):
    found = {train}
print("got", found, "expected", expected)
"""

_PROGRAM = """\
import numpy as np

import nativecnn
{imports}


{functions}


inputs = {{
{inputs}
}}
options = {options}

with np.errstate(all="ignore"), nativecnn.use_backend("reference"):
    reference = {compute}(**inputs, **options)

runtime.set_instruction_set({instruction_set!r})
runtime.set_work_per_thread(1)  # small arrays, too, are shared out between threads
{layout}with np.errstate(all="ignore"), nativecnn.use_backend("native"), nativecnn.threads({threads}):
    native = {compute}(**inputs, **options)

differing = sum(int((bits(a) != bits(b)).sum()) for a, b in zip(native, reference))
print(differing, "of", sum(np.size(array) for array in reference), "values differ")
"""


def snippet(difference: Difference) -> str:
    """Return a program of its own that computes a case on both backends and prints how many values differ."""
    case = difference.case
    compute, layout = case.operation.compute, case.settings["layout"]
    functions = [compute, bits] + [lay_out] * (layout != "contiguous")
    arrays = case.arrays()
    inputs = {name: _literal(case, name, array, case.operands()[name]) for name, array in arrays.items()}
    source = "\n\n\n".join(inspect.getsource(function).rstrip() for function in functions)
    used = "\n".join([source, *inputs.values(), "runtime"])
    return _PROGRAM.format(
        imports="\n".join(line for line in _IMPORTS if re.search(rf"\b{line.split()[-1]}\b", used)),
        functions=source,
        inputs="\n".join(f'    "{name}": {text},' for name, text in inputs.items()),
        options=pformat(case.options(), width=100, sort_dicts=False),
        compute=compute.__name__,
        instruction_set=difference.circumstance.instruction_set,
        threads=difference.circumstance.threads,
        layout=_laid_out(arrays, layout) if layout != "contiguous" else "",
    )


def training_snippet(imports: str, expected: str, train: str, circumstance: Circumstance) -> str:
    """Return a program that repeats a training and prints the hash of the weights beside the expected one.

    Parameters
    ----------
    imports, expected : str
        Lines; the second sets ``expected``.
    train : str
        An expression.
    circumstance : Circumstance
    """
    return _TRAINING_PROGRAM.format(imports=imports, expected=expected, train=train, **circumstance._asdict())


def _laid_out(arrays: dict[str, np.ndarray | None], layout: str) -> str:
    names = [name for name, array in arrays.items() if array is not None and array.dtype == np.float32]
    return f"inputs.update({{name: lay_out(inputs[name], {layout!r}) for name in {names}}})\n"


def _literal(case: Case, name: str, array: np.ndarray | None, operand: Operand | None) -> str:
    if array is None:
        return "None"
    if array.size > _FEW and name not in case.given:
        return f"random_array({case.key(name)!r}, {', '.join(map(repr, operand))})"
    same = bits(array)
    if array.size and array.dtype == np.float32 and (same == same.flat[0]).all():
        return f"np.full({array.shape}, {_number(float(array.flat[0]))}, np.float32)"
    numbers = ", ".join(map(_number, array.reshape(-1).tolist()))
    return f"np.array([{numbers}], np.{array.dtype.name}).reshape({array.shape})"


def _number(value: float) -> str:
    if isinstance(value, float) and not np.isfinite(value):
        return "np.nan" if np.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)
