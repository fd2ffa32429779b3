"""Where scikit-learn is missing or too old, the error says what to install; nothing else needs it."""

import subprocess
import sys

import pytest

MISSING = "import sys; sys.modules['sklearn'] = None\n"
OLD = """
import sys, types
sys.modules['sklearn'] = module = types.ModuleType('sklearn')
module.__version__, module.__path__ = '1.5.2', []
for name in ('sklearn.utils', 'sklearn.utils.validation'):
    sys.modules[name] = types.ModuleType(name)
sys.modules['sklearn.utils'].__path__ = []
"""


@pytest.mark.parametrize("before, message", [(MISSING, "expected the module"), (OLD, "1.6 or later, got 1.5.2")])
def test_the_error_names_the_extra(before, message):
    program = before + "import nativecnn\ntry:\n    import nativecnn.sklearn\nexcept ImportError as e:\n    print(e)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert message in result.stdout and "nativecnn[sklearn]" in result.stdout


def test_the_package_does_not_import_scikit_learn():
    program = "import sys, nativecnn; print('sklearn' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
