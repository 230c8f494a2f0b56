import subprocess
import sys

LOG = (
    "import logging; from appliance.host.logs import set_up_logging; "
    "set_up_logging(); logging.getLogger('appliance').warning('The microphone is gone.')"
)


def test_by_hand_the_log_is_plain_lines_on_stderr() -> None:
    ran = subprocess.run([sys.executable, "-c", LOG], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout == ""
    assert ran.stderr.endswith("WARNING The microphone is gone.\n")


def test_a_stale_journal_variable_of_a_parent_does_not_swallow_the_log() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOG],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={"JOURNAL_STREAM": "9:99999"},
    )
    assert "The microphone is gone." in ran.stderr
