"""Buttons, light and OLED of the box; or a simulated panel that behaves the same."""

from appliance.panel.front import FrontPanel, View, open_panel
from appliance.panel.gestures import ButtonName
from appliance.panel.lights import Lights
from appliance.panel.pins import NotSimulated

__all__ = ["ButtonName", "FrontPanel", "Lights", "NotSimulated", "View", "open_panel"]
