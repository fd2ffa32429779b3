"""A service of pre-forked workers, with the model loaded and used before the fork, answers as a single process does."""

import http.client
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from support import programs, services

pytest.importorskip("gunicorn", reason="gunicorn is not installed (extra test)")

WORKERS, CLIENTS, REQUESTS, INPUTS = 4, 8, 2000, 25
SECONDS = 120


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(params=[("sync", 1), ("gthread", 4)], ids=lambda kind: kind[0])
def port(request, tmp_path):
    """The port of a running service."""
    kind, threads = request.param
    chosen, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "gunicorn", "--preload", "--bind", f"127.0.0.1:{chosen}"]
    command += ["--workers", str(WORKERS), "--worker-class", kind, "--threads", str(threads), "service:application"]
    with open(log, "wb") as output:
        service = subprocess.Popen(
            command,
            cwd=Path(__file__).parent / "programs",
            env=programs.environment(HOME=str(tmp_path)),  # where some versions put a control socket
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_answers(service, chosen, log)
        yield chosen
    finally:
        programs.end_group(service)


def wait_for_answers(service, port, log):
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if service.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the service does not listen\n{log.read_text()}")
            time.sleep(0.05)


def ask(connection, body):
    """Return the answer to a request and the worker that gave it."""
    connection.request("POST", "/", body)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
    return content, answer.headers["X-Worker"]


def test_one_answer_for_each_input_from_four_workers_and_eight_clients(port):
    bodies = [services.samples(1 + number % 3, seed=number).tobytes() for number in range(INPUTS)]
    numbers, answers, errors, workers = itertools.count(), [set() for _ in bodies], [], set()
    deadline = time.monotonic() + SECONDS

    def client():
        try:
            # A worker may take its time to start.
            while (number := next(numbers)) < REQUESTS or len(workers) < WORKERS and time.monotonic() < deadline:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
                content, worker = ask(connection, bodies[number % INPUTS])
                connection.close()
                answers[number % INPUTS].add(content)
                workers.add(worker)
        except Exception as error:  # a client that ends without a word would leave its work to the others
            errors.append(error)

    clients = [threading.Thread(target=client, daemon=True) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join(max(0.0, deadline + 10 - time.monotonic()))
    assert not errors
    assert not any(thread.is_alive() for thread in clients), "requests without an answer"
    model = services.network()
    assert answers == [{model.predict(samples_of(body)).tobytes()} for body in bodies]
    assert len(workers) == WORKERS and str(os.getpid()) not in workers, workers


def samples_of(body):
    return np.frombuffer(body, np.float32).reshape(-1, *services.SHAPE)
