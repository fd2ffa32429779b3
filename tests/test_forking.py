import copy
import os
import pickle
import threading

import pytest

from nativecnn.forking import Exclusive, Ongoing, ReentrantLock
from nativecnn.layers.weights import Weights
from support.children import in_child

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]


@pytest.fixture
def elsewhere():
    """Enter context managers in another thread, and stay there until the test is over."""
    over, threads = threading.Event(), []

    def enter(*managers):
        entered = threading.Event()

        def stay():
            for manager in managers:
                manager.__enter__()
            entered.set()
            over.wait(60)
            for manager in reversed(managers):
                manager.__exit__(None, None, None)

        threads.append(threading.Thread(target=stay))
        threads[-1].start()
        assert entered.wait(60)

    yield enter
    over.set()
    for thread in threads:
        thread.join()


def test_a_lock_that_another_thread_held_is_open_in_the_child(elsewhere):
    lock = ReentrantLock()
    elsewhere(lock, lock)
    assert not lock._lock.acquire(blocking=False)

    def child():
        with lock, lock:
            pass

    assert in_child(child) == 0
    assert not lock._lock.acquire(blocking=False)


def test_a_lock_of_the_thread_that_forks_stays_closed_in_the_child():
    lock, tried = ReentrantLock(), []

    def child():
        thread = threading.Thread(target=lambda: tried.append(lock._lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        assert tried == [False]
        lock.__exit__(None, None, None)
        with lock:
            pass

    with lock:
        assert in_child(child) == 0


def test_what_another_thread_does_exclusively_is_not_being_done_in_the_child(elsewhere):
    exclusive = Exclusive("done already")
    elsewhere(exclusive)

    def child():
        with exclusive, pytest.raises(RuntimeError, match="done already"), exclusive:
            pass
        with exclusive:
            pass

    assert in_child(child) == 0
    with pytest.raises(RuntimeError, match="done already"), exclusive:
        pass


def test_what_the_thread_that_forks_does_exclusively_goes_on_in_the_child():
    exclusive = Exclusive("done already")

    def child():
        with pytest.raises(RuntimeError, match="done already"), exclusive:
            pass

    with exclusive:
        assert in_child(child) == 0
        assert in_child(lambda: os._exit(in_child(child))) == 0


def test_changes_of_weights_that_another_thread_makes_end_in_the_child(elsewhere):
    weights = Weights()
    version, own = weights.version, weights.begin_change()

    class Changing:
        def __enter__(self):
            self.change = weights.begin_change()

        def __exit__(self, *_):
            self.change.end()

    elsewhere(Changing(), Changing())
    assert len(weights.changes) == 3

    def child():
        assert weights.changes == {own} and weights.version is not version
        own.end()
        assert not weights.changes

    assert in_child(child) == 0
    assert len(weights.changes) == 3
    own.end()


def test_a_fork_before_a_change_is_entered_ends_it(elsewhere):
    weights = Weights()

    class Begun:
        def __enter__(self):
            self.change = weights.begin_change()
            weights.changes.clear()

        def __exit__(self, *_):
            Ongoing.end(self.change)

    elsewhere(Begun())
    assert in_child(lambda: weights.begin_change().end()) == 0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_are_open(duplicate):
    lock, exclusive = ReentrantLock(), Exclusive("done already")
    with lock, exclusive:
        with duplicate(exclusive), pytest.raises(RuntimeError, match="done already"), duplicate(exclusive):
            with exclusive:
                pass
        copied = duplicate(lock)
        threads = [threading.Thread(target=copied.__enter__)]
        threads[0].start()
        threads[0].join(60)
        assert not threads[0].is_alive()
