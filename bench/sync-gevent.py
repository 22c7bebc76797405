"""What test/fixtures/sync/fiber-rates.mjs sends through queues, in gevent: million items per second."""
import json
import sys
import time

import gevent
from gevent.queue import Queue

ITEMS = 20_000
ROUNDS = 15


def putter(queue, count):
    for index in range(count):
        queue.put(index)


def getter(queue, count):
    for _ in range(count):
        queue.get()


def rate(shape):
    putters, getters = shape["putters"], shape["getters"]
    rates = []
    for number in range(-ROUNDS, ROUNDS):
        queue = Queue(shape["maxSize"])
        start = time.perf_counter()
        threads = [gevent.spawn(putter, queue, ITEMS // putters) for _ in range(putters)]
        threads += [gevent.spawn(getter, queue, ITEMS // getters) for _ in range(getters)]
        gevent.joinall(threads, raise_error=True)
        # The first half warms up.
        if number >= 0:
            rates.append(ITEMS / (time.perf_counter() - start) / 1e6)
    return sorted(rates)[ROUNDS // 2]


print(json.dumps({"queues": [rate(shape) for shape in json.loads(sys.argv[1])]}))
