"""Press Ctrl-C at many moments of a call; afterwards the model computes as ever, in this thread and in another.

The arguments are the method's name and how many calls are to be interrupted.
"""

import os
import signal
import sys
import threading
import time

from support import services

X = services.samples(300)
LABELS = [0, 1, 2, 3] * 75


def main():
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # which is missing where a shell's background job began this
    name, times = sys.argv[1], int(sys.argv[2])
    services.share_out_all_work()
    model = services.compiled(services.network())
    weights = model.get_weights()
    outputs = services.digest(model.predict(X))
    history = services.train(model)
    calls = {
        "predict": lambda: model.predict(X, batch_size=3),
        "evaluate": lambda: model.evaluate(X, LABELS, batch_size=3),
        "train_on_batch": lambda: model.train_on_batch(X, LABELS),
        "fit": lambda: model.fit(X, LABELS, batch_size=3, epochs=2, verbose=0),
    }
    interrupted, number, duration = 0, 0, 0.01
    while interrupted < times:
        number += 1
        presses = 2 if name == "fit" else 1  # fit takes the first as a request
        returned = threading.Event()

        def press(delay=duration * (number * 0.618 % 1), presses=presses, returned=returned):
            returned.wait(delay)
            for _ in range(presses):
                if not returned.is_set():
                    os.kill(os.getpid(), signal.SIGINT)
                    returned.wait(0.001)

        thread = threading.Thread(target=press)
        begun = time.perf_counter()
        try:
            thread.start()
            result = calls[name]()
            if getattr(result, "interrupted", False):
                interrupted += 1
            else:
                duration = time.perf_counter() - begun  # it was too late, or the machine has become faster
        except KeyboardInterrupt:
            interrupted += 1
        # A press may come late.
        while True:
            try:
                returned.set()
                thread.join()
                break
            except KeyboardInterrupt:
                pass
        model.set_weights(weights)
        assert services.digest(model.predict(X)) == outputs
        assert services.train(services.compiled(model)) == history
    print("usable")


if __name__ == "__main__":
    main()
