"""Compute in children of a start method, in their children too, after the parent has computed: the bits are the same.

The last argument is the start method. The models are used before; children get one by inheritance or in a message.
"""

import copy
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

import nativecnn
from support import services


def results(model):
    """Return what a process computes: outputs, and the weights after a training."""
    services.share_out_all_work()
    x = services.samples()
    outputs = services.digest(model.predict(x, batch_size=5)), services.digest(nativecnn.ops.relu(x))
    return outputs, services.train(services.compiled(model))


def results_of_pool(method, model):
    """Return what the workers of a pool compute; called in a worker of another pool."""
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        return list(executor.map(results, [model] * 3, timeout=90))


def results_of_inherited():
    return results(copy.deepcopy(_inherited))


_inherited = None


def main():
    global _inherited
    method = sys.argv[1]
    context = multiprocessing.get_context(method)
    model = services.network()
    expected = results(services.network())
    services.share_out_all_work()
    model.predict(services.samples())
    _inherited = services.network()
    _inherited.predict(services.samples())

    with context.Pool(3) as pool:
        assert pool.map_async(results, [model] * 6, chunksize=1).get(90) == [expected] * 6
        # A function of the interface is itself something that can be sent.
        relu = pool.map_async(nativecnn.ops.relu, [services.samples()] * 3).get(90)
        assert len({services.digest(array) for array in relu}) == 1
        if method == "fork":
            assert [pool.apply_async(results_of_inherited).get(90) for _ in range(6)] == [expected] * 6
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        nested = executor.map(results_of_pool, [method] * 2, [model] * 2, timeout=90)
        assert list(nested) == [[expected] * 3] * 2
    assert results(model) == expected  # and the parent goes on
    print("the same")


if __name__ == "__main__":
    main()
