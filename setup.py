"""Build the extension modules; everything about the package itself stands in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the build back end does not put it there

from build_tools.build_ext import BuildKernels, kernel_extensions  # noqa: E402

setup(ext_modules=kernel_extensions(), cmdclass={"build_ext": BuildKernels})
