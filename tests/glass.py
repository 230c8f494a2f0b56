"""Draws what the glass shows, true to the pixel, into ``hw/pictures``; part of ``make pictures``."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from appliance.panel.farewell import Farewell
from appliance.panel.fonts import Fonts
from appliance.panel.rollup import Roll
from appliance.panel.screens import DARK_BEATS, Scene, Screens
from appliance.panel.typesetting import Typesetter
from appliance.state import RoomInUse, Sign, State, Status

FOLDER = Path(__file__).parents[1] / "hw" / "pictures"
SIZE = 128, 64
COLUMNS = 4
ENLARGED = 3
MARGIN = 8

SCRIPTS = {
    "English": "Good morning. Today we discuss the budget for 2027.",
    "German": "Guten Morgen. Heute geht es um den Haushaltsplan für 2027.",
    "Hindi": "नमस्ते, आज हम 2027 के बजट पर चर्चा करेंगे।",
    "Marathi": "नमस्कार, आज आपण अर्थसंकल्पावर चर्चा करू.",
    "Bengali": "শুভ সকাল, আজ আমরা বাজেট নিয়ে আলোচনা করব।",
    "Gujarati": "સુપ્રભાત, આજે આપણે બજેટની ચર્ચા કરીશું.",
    "Punjabi": "ਸ਼ੁਭ ਸਵੇਰ, ਅੱਜ ਅਸੀਂ ਬਜਟ ਬਾਰੇ ਚਰਚਾ ਕਰਾਂਗੇ।",
    "Odia": "ଶୁଭ ସକାଳ, ଆଜି ଆମେ ବଜେଟ୍ ଉପରେ ଆଲୋଚନା କରିବା।",
    "Tamil": "காலை வணக்கம், இன்று பட்ஜெட் பற்றி பேசுவோம்.",
    "Telugu": "శుభోదయం, ఈ రోజు మనం బడ్జెట్ గురించి చర్చిద్దాం.",
    "Kannada": "ಶುಭೋದಯ, ಇಂದು ನಾವು ಬಜೆಟ್ ಬಗ್ಗೆ ಚರ್ಚಿಸೋಣ.",
    "Malayalam": "സുപ്രഭാതം, ഇന്ന് നമുക്ക് ബജറ്റ് ചർച്ച ചെയ്യാം.",
    "Arabic": "صباح الخير، نناقش اليوم ميزانية Google لعام 2027.",
    "Urdu": "صبح بخیر، آج ہم بجٹ پر بات کریں گے۔",
    "Hebrew": "בוקר טוב, היום נדבר על תקציב 2027 (טיוטה).",
    "Thai": "สวัสดีตอนเช้า วันนี้เราจะคุยเรื่องงบประมาณ",
    "Chinese": "早上好,今天我们讨论「二〇二七年预算」。",
    "Japanese": "おはようございます。今日は予算について話し合います。",
    "Korean": "안녕하세요. 오늘은 예산에 대해 논의합니다.",
    "Russian": "Доброе утро. Сегодня обсудим бюджет на 2027 год.",
    "Greek": "Καλημέρα. Σήμερα θα συζητήσουμε τον προϋπολογισμό.",
}

LIVE = Status(
    state=State.LIVE,
    name="Captionbox",
    address="http://192.0.2.7:8080",
    room=RoomInUse(id="boardroom", title="Boardroom", from_language="en-US"),
)
WORDS = ("we will discuss the budget for the next year and",)

SETUP = "http://captionbox-1a2b.local:8080\nhttp://192.0.2.7:8080\n\n4711 0815"

SCENES = {
    "idle": Scene(status=replace(LIVE, state=State.IDLE), beat=5),
    "connecting": Scene(status=replace(LIVE, state=State.CONNECTING), beat=2),
    "live": Scene(status=LIVE, texts=WORDS, beat=8),
    "fallback: the dot is hollow": Scene(status=replace(LIVE, state=State.FALLBACK), texts=WORDS, beat=8),
    "reconnecting": Scene(
        status=replace(LIVE, state=State.RECONNECTING, reason="The network is gone."), texts=WORDS, beat=4
    ),
    "muted": Scene(status=replace(LIVE, state=State.MUTED), beat=3),
    "fault": Scene(
        status=replace(
            LIVE, state=State.FAULT, reason="The vendor refused the key: enter a new one on the pages."
        )
    ),
    "join": Scene(status=replace(LIVE, sign=Sign.JOIN), sign="http://192.0.2.7:8080/?code=ABCD2345", beat=1),
    "set-up": Scene(status=replace(LIVE, sign=Sign.SETUP), sign=SETUP, beat=6),
    "idle for an hour": Scene(status=replace(LIVE, state=State.IDLE), beat=DARK_BEATS + 106),
}


def draw() -> None:
    """A sheet of every screen, one of every script enlarged, and one of every script at true size."""
    FOLDER.mkdir(exist_ok=True)
    typesetter = Typesetter(Fonts())

    def screens() -> Screens:
        return Screens(typesetter, SIZE, roll=Roll(count(0.0, 10.0).__next__))

    shown = {name: screens().draw(scene) for name, scene in SCENES.items()}
    shown |= {f"ended: {words.name.lower()}": screens().farewell(words) for words in Farewell}
    scripts = {
        name: screens().draw(Scene(status=LIVE, texts=(text,), beat=number))
        for number, (name, text) in enumerate(SCRIPTS.items())
    }
    if typesetter.warning:
        raise SystemExit(typesetter.warning)
    _sheet(shown, ENLARGED).save(FOLDER / "screens.png")
    _sheet(scripts, ENLARGED).save(FOLDER / "scripts.png")
    _sheet(scripts, 1).save(FOLDER / "scripts-true-size.png")


def _sheet(pictures: Mapping[str, Image.Image], scale: int) -> Image.Image:
    cell = SIZE[0] * scale + MARGIN, SIZE[1] * scale + MARGIN + 16
    sheet = Image.new("L", (COLUMNS * cell[0] + MARGIN, -(-len(pictures) // COLUMNS) * cell[1] + MARGIN), 110)
    pen = ImageDraw.Draw(sheet)
    for number, (name, picture) in enumerate(pictures.items()):
        x, y = MARGIN + number % COLUMNS * cell[0], MARGIN + number // COLUMNS * cell[1]
        pen.text((x, y - 2), name, fill=255, font=ImageFont.load_default(12))
        enlarged = picture.resize((SIZE[0] * scale, SIZE[1] * scale), Image.Resampling.NEAREST)
        sheet.paste(enlarged, (x, y + 14))
    return sheet


if __name__ == "__main__":
    draw()
