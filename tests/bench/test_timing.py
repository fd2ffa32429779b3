import pytest

from timing import SAMPLE_SECONDS, Clock, Spread, Timer, Turn, geometric_mean, ratio


class FakeTime:
    """A clock that only work and pauses move."""

    def __init__(self):
        self.time = 0.0
        self.interruptions = 0
        self.log = []

    def clock(self):
        return Clock(lambda: self.time, self.sleep, lambda: self.interruptions)

    def sleep(self, seconds):
        self.time += seconds
        self.log.append("sleep")

    def work(self, name, *durations):
        """Return a function that takes these durations in turn, the last again and again."""
        remaining = list(durations)

        def run():
            self.time += remaining.pop(0) if len(remaining) > 1 else remaining[0]
            self.log.append(name)

        return run


def test_turns_alternate():
    fake = FakeTime()
    timer = Timer(clock=fake.clock())
    turns = [Turn(fake.work("a", 1.0), short=False), Turn(fake.work("b", 2.0), short=False)]
    assert timer.alternate(turns, 3) == [[1.0] * 3, [2.0] * 3]
    assert fake.log == ["a", "b"] * 3


def test_ratio_is_of_neighbours():
    # The machine halves its speed after the first pair; each pair's ratio is 3 nevertheless.
    assert ratio([1.0, 2.0, 2.0], [3.0, 6.0, 6.0]) == Spread(3.0, 3.0, 3.0)
    assert ratio([1.0, 1.0, 1.0], [4.0, 2.0, 3.0]) == Spread(3.0, 2.0, 4.0)


def test_a_sample_of_something_short_has_many_calls_and_gives_the_time_of_one():
    fake = FakeTime()
    timer = Timer(clock=fake.clock())
    ours, theirs = timer.turns(fake.work("a", SAMPLE_SECONDS / 100), fake.work("b", SAMPLE_SECONDS))
    assert ours.calls == theirs.calls == pytest.approx(100, abs=1)
    fake.log.clear()
    assert timer.sample(ours) == pytest.approx(SAMPLE_SECONDS / 100)
    assert fake.log == ["a"] * (ours.calls + 1)  # one is not timed


def test_a_sample_of_something_long_is_one_call():
    fake = FakeTime()
    timer = Timer(threads=2, clock=fake.clock())
    (turn,) = timer.turns(fake.work("a", 2.0))
    assert turn == Turn(turn.run, 1, short=False)
    assert fake.log == ["a"]


def test_with_threads_a_sample_waits_for_those_of_the_last_to_fall_asleep():
    fake = FakeTime()
    timer = Timer(threads=2, clock=fake.clock())
    assert timer.sample(Turn(fake.work("a", 9.0, 1.0), calls=2)) == 1.0
    assert fake.log == ["sleep", "a", "a", "a"]


def test_a_sample_that_others_interrupted_is_taken_again():
    fake = FakeTime()
    timer = Timer(clock=fake.clock())
    timed = fake.work("a", 0.0, 0.09, 0.0, 0.02)  # every second call is timed

    def run():
        timed()
        fake.interruptions += fake.time == 0.09

    assert timer.sample(Turn(run)) == pytest.approx(0.02)
    assert (timer.samples, timer.interrupted) == (1, 0)


def test_of_samples_that_others_always_interrupt_the_least_counts():
    fake = FakeTime()
    timer = Timer(clock=fake.clock())
    timed = fake.work("a", 0.0, 0.09, 0.0, 0.03, 0.0, 0.04, 0.0, 0.05)

    def run():
        timed()
        fake.interruptions += 1

    assert timer.sample(Turn(run)) == pytest.approx(0.03)
    assert (timer.samples, timer.interrupted) == (1, 1)


def test_a_long_sample_is_taken_once():
    fake = FakeTime()
    timed = fake.work("a", 2.0)

    def run():
        timed()
        fake.interruptions += 1

    assert Timer(clock=fake.clock()).sample(Turn(run, short=False)) == 2.0
    assert fake.log == ["a"]


def test_quick_takes_the_least_after_a_first_call():
    fake = FakeTime()
    assert Timer(clock=fake.clock()).quick(fake.work("a", 0.5, 0.3, 0.2, 0.4)) == pytest.approx(0.2)


def test_geometric_mean():
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert geometric_mean([3.0]) == pytest.approx(3.0)
