"""Sets of test cases that cover every pair of values of any two parameters, without the full product."""

import itertools
import random


def all_pairs(possible=lambda **case: True, **levels):
    """Return cases, one value for each parameter, such that each possible pair of values occurs in one of them.

    ``possible(**case)`` tells which combinations make sense.
    """
    generator = random.Random(1)
    names = list(levels)
    wanted = {
        ((a, i), (b, j))
        for a, b in itertools.combinations(names, 2)
        for i in range(len(levels[a]))
        for j in range(len(levels[b]))
    }
    cases = []
    for pair in sorted(wanted):
        if pair not in wanted:
            continue
        best, best_pairs = None, set()
        for _ in range(60):
            indices = {name: generator.randrange(len(levels[name])) for name in names} | dict(pair)
            if not possible(**{name: levels[name][indices[name]] for name in names}):
                continue
            pairs = set(itertools.combinations(indices.items(), 2)) & wanted
            if len(pairs) > len(best_pairs):
                best, best_pairs = indices, pairs
                if len(cases) > 20 and len(pairs) > len(names):
                    break
        if best is not None:
            cases.append({name: levels[name][best[name]] for name in names})
        wanted -= best_pairs | {pair}
    return cases


def identifier(case):
    """Return a test's name from a case's values."""
    return "-".join(f"{name}={_short(value)}" for name, value in case.items())


def _short(value):
    if isinstance(value, tuple):
        return "x".join(_short(part) for part in value)
    return str(value)
