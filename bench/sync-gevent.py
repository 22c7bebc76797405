"""The same as test/fixtures/sync/fiber-rates.mjs, in gevent: million items per second through a queue between two greenlets."""
import json
import time

import gevent
from gevent.queue import Queue

N = 100_000


def rate(maxsize):
    def putter(queue):
        for index in range(N):
            queue.put(index)

    def getter(queue):
        for _ in range(N):
            queue.get()

    rates = []
    for _ in range(7):
        queue = Queue(maxsize)
        start = time.perf_counter()
        gevent.joinall([gevent.spawn(putter, queue), gevent.spawn(getter, queue)])
        rates.append(N / (time.perf_counter() - start) / 1e6)
    return sorted(rates)[3]


print(json.dumps({"queue": rate(None), "boundedQueue": rate(16)}))
