"""For each function of ``nativecnn.ops`` the strategy of its valid calls."""

from .shaping_strategies import SHAPING_CALLS
from .strategies import VALID_CALLS as OTHER_CALLS

VALID_CALLS = OTHER_CALLS | SHAPING_CALLS
