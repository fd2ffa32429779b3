"""Ctrl-C while a model is trained."""

from __future__ import annotations

import signal
import threading


class Interruption:
    """Turns a first Ctrl-C into a request to stop; a second does what it always did.

    Only in the main thread, and only where Ctrl-C would raise ``KeyboardInterrupt``: an application's own handler
    stays in charge.
    """

    def __init__(self) -> None:
        self.requested = False
        self._installed = False

    def __enter__(self) -> Interruption:
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._request)
            self._installed = True
        return self

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        self._restore()

    def _request(self, *_: object) -> None:
        self.requested = True
        self._restore()

    def _restore(self) -> None:
        if self._installed:
            self._installed = False
            signal.signal(signal.SIGINT, signal.default_int_handler)
