"""``python -m appliance`` is ``captionbox``."""

from appliance.cli import main

main()
