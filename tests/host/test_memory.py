import subprocess
import sys

HASH = """
import re, sys, threading
from argon2 import PasswordHasher
from appliance.host.memory import give_memory_back

def kilobytes():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])

if sys.argv[1] == "back":
    give_memory_back()
hasher = PasswordHasher(time_cost=1, memory_cost=19 * 1024, parallelism=1)
hasher.hash("once")
before = kilobytes()
held = threading.Barrier(6)
def work():
    held.wait()  # so that six threads live at once, each with what it keeps
    for _ in range(3):
        hasher.hash("again")
    held.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(kilobytes() - before)
"""


def grown(how: str) -> int:
    """Kilobytes that a process kept after it had checked passwords in six threads."""
    done = subprocess.run(
        [sys.executable, "-c", HASH, how], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


def test_a_box_whose_administrator_logs_in_often_does_not_grow() -> None:
    assert grown("back") < 10_000 < grown("not")
