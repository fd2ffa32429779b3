"""Optional dependencies: imported where they are needed, with an error that names the extra."""

import importlib
from types import ModuleType


def import_extra(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency.

    Parameters
    ----------
    module : str
        The module's name, e.g. ``"PIL.Image"``.
    extra : str
        The extra of this package that installs it.
    purpose : str
        What needs it, as the error's first words.

    Raises
    ------
    ImportError
        It is not installed; the message names the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f'{purpose} expected the module {module}, got {error}: pip install "nativecnn[{extra}]"'
        ) from error
