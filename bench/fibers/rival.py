import sys
import gevent


class Job:
    def nap(self):
        outer()

    def work(self):
        for _ in range(3):
            self.nap()


def outer():
    inner()


def inner():
    gevent.sleep(1)


gevent.joinall([gevent.spawn(Job().work) for _ in range(int(sys.argv[1]))])
