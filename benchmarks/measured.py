"""Runs a command, its output thrown away, and prints as JSON what it took.

"seconds" are those by the clock, "processor" those of the processor; "memory" is in bytes.

    python benchmarks/measured.py COMMAND [ARG ...]

It is a program of its own because a process starts with the peak memory of the one that it was forked from, so that one
must be small. The memory is the peak of the largest process where the command starts others.
"""

import json
import os
import sys
import time

null = os.open(os.devnull, os.O_WRONLY)
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(pid, 0)
took = time.perf_counter() - start
if status:
    sys.exit(f"{sys.argv[1:4]} failed")
memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"seconds": took, "processor": usage.ru_utime + usage.ru_stime, "memory": memory}))
