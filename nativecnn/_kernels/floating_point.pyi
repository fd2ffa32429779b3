from collections.abc import Callable
from typing import TypeVar

_Function = TypeVar("_Function", bound=Callable)

# In the calling thread: round to nearest even, keep subnormals, mask exceptions. Returns the state before, for …
def enter_contract_state() -> int: ...

# … this, which brings it back.
def leave_contract_state(before: int) -> None: ...

# A decorator: the function computes under the contract's state, and its caller finds its own afterwards, after an
# exception too. Costs less than 50 ns a call.
def contract_state(function: _Function) -> _Function: ...
