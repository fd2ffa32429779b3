"""Print by how many kilobytes the process grew while threads came, predicted, trained and went.

The argument is their number. Each runs several kernels that need scratch memory of the thread's own.
"""

import sys
import threading

from support import services


def resident_kilobytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def run_threads(count, work):
    for _ in range(count):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()


def main():
    services.share_out_all_work()
    model, x = services.compiled(services.network()), services.samples()

    def work():
        model.predict(x)
        model.train_on_batch(x, services.LABELS)

    run_threads(100, work)
    before = resident_kilobytes()
    run_threads(int(sys.argv[1]), work)
    print(resident_kilobytes() - before)


if __name__ == "__main__":
    main()
