import re
from pathlib import Path

HERE = Path(__file__).parent
README = HERE.parents[2] / "appliance" / "vendors" / "README.md"


def test_the_example_on_the_page_is_the_one_that_is_tested() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    tested = "".join((HERE / name).read_text("utf-8") for name in ("plugin.py", "test_conformance.py"))
    assert len(blocks) == 2
    for block in blocks:
        assert block in tested
