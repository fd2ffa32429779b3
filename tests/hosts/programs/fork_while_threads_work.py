"""Fork while other Python threads predict, train, build and set weights: the children compute, and none hangs.

The argument is the number of forks.
"""

import os
import signal
import sys
import threading
import time
import traceback

import nativecnn
from support import services

X = services.samples()


def main():
    services.share_out_all_work()
    used, trained, replaced, built = (services.network() for _ in range(4))
    weights = used.get_weights()
    outputs = services.digest(used.predict(X))
    history = services.train(services.compiled(services.network()))
    services.compiled(trained)
    stop, current, rounds = threading.Event(), [built], dict.fromkeys(("predict", "fit", "set_weights", "build"), 0)

    def predict():
        used.predict(X)

    def fit():
        trained.fit(X, services.LABELS, batch_size=7, verbose=0)

    def set_weights():
        replaced.set_weights(weights)
        replaced.predict(X)

    def build():
        current[0] = services.network(build=False)
        current[0].predict(X)

    def work(function):
        while not stop.is_set():
            function()
            rounds[function.__name__] += 1

    def child():
        assert services.digest(used.predict(X)) == outputs
        replaced.set_weights(weights)
        assert services.digest(replaced.predict(X)) == outputs
        assert all(not layer.weights.changes for layer in replaced.layers), "set for ever"
        # The thread that trained this model has gone, perhaps in the middle of a step.
        trained.set_weights(weights)
        assert services.train(services.compiled(trained)) == history
        assert all(not layer.weights.changes for layer in trained.layers), "changing for ever"
        # Perhaps half built: it is built to the end.
        model = current[0]
        native = services.digest(model.predict(X))
        with nativecnn.use_backend("reference"):
            assert services.digest(model.predict(X)) == native
        assert services.digest(services.network().predict(X)) == outputs

    threads = [
        threading.Thread(target=work, args=(f,), daemon=True) for f in (predict, predict, fit, set_weights, build)
    ]
    for thread in threads:
        thread.start()
    # Long enough for every thread to come to be in the middle of something.
    while min(rounds.values()) < 2:
        time.sleep(0.01)
    for _ in range(int(sys.argv[1])):
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            try:
                child()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, f"a child ended with {os.waitstatus_to_exitcode(status)}"
    before = dict(rounds)
    deadline = time.monotonic() + 60
    while any(rounds[name] == before[name] for name in rounds):  # the parent's threads go on
        assert time.monotonic() < deadline, f"{before} became {rounds}"
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    print("the same")


if __name__ == "__main__":
    main()
