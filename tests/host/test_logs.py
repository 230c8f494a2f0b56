import logging
import subprocess
import sys

from appliance.host.logs import KEPT, LONGEST, RecentLog

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


def record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("appliance.test", level, "", 0, text, None, None)


def test_the_last_of_the_log_can_be_read_and_no_more_is_kept() -> None:
    log = RecentLog()
    for number in range(KEPT + 10):
        log.handle(record(f"Line {number}."))
    kept = log.records()
    assert len(kept) == KEPT
    assert kept[0].text == f"Line {KEPT + 9}."
    assert kept[-1].text == "Line 10."
    assert [line.text for line in log.records(after=kept[1].number)] == [kept[0].text]


def test_only_what_is_as_bad_as_asked_for_is_given() -> None:
    log = RecentLog()
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        log.handle(record("Noted.", level))
    assert [line.level for line in log.records(level=logging.WARNING)] == [logging.ERROR, logging.WARNING]


def test_an_endless_message_does_not_fill_the_memory() -> None:
    log = RecentLog()
    log.handle(record("x" * 1_000_000))
    assert len(log.records()[0].text) == LONGEST


def test_from_the_start_on_the_box_keeps_its_log_for_its_pages() -> None:
    lines = f"{LOG}; from appliance.host.logs import RECENT; print(RECENT.records()[0].text)"
    ran = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout == "The microphone is gone.\n"
