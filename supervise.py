"""Becomes the supervisor, with its arguments, without the second that it would wait before it starts anything.

It looks for what happens at its sockets, for a second at most, and only then starts what it is to start. When it looks for
the first time, there is nothing yet that could happen.
"""

from supervisor import poller, supervisord

wait = poller.Poller.poll


def look_once(self, _timeout):
    """The first look; the next ones wait again."""
    poller.Poller.poll = wait
    return wait(self, 0)


poller.Poller.poll = look_once
supervisord.main()
