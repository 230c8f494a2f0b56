import random
import struct

import pytest

from appliance.vendors.contract import Lost
from appliance.vendors.stenomatic import amf, flv
from appliance.vendors.stenomatic.rtmp import Publisher, Target

ADDRESS = "rtmps://rtmp.stenomatic.com/z?lang=en-GB&name=John+Doe&phrases=phrase+1"
HELLO = b"\x03" + bytes(1536) + bytes(1536)


def message(kind: int, data: bytes, *, line: int = 3) -> bytes:
    assert len(data) <= 128
    return bytes((line,)) + bytes(3) + len(data).to_bytes(3) + bytes((kind,)) + bytes(4) + data


def command(*values: object) -> bytes:
    return message(20, amf.encoded(*values))


def shaken() -> Publisher:
    publisher = Publisher(Target.of(ADDRESS))
    assert len(publisher.begin()) == 1537
    publisher.receive(HELLO)
    return publisher


@pytest.mark.parametrize(
    ("address", "app", "name", "url"),
    [
        (ADDRESS, "z?lang=en-GB&name=John+Doe&phrases=phrase+1", "", ADDRESS),
        ("rtmps://a.b/live/key?x=1/2", "live", "key?x=1/2", "rtmps://a.b/live"),
        ("rtmps://a.b:444/live/inst/key/more", "live/inst", "key/more", "rtmps://a.b:444/live/inst"),
        ("rtmps://a.b", "", "", "rtmps://a.b/"),
    ],
)
def test_an_address_is_taken_apart_as_ffmpeg_does(address: str, app: str, name: str, url: str) -> None:
    target = Target.of(address)
    assert (target.app, target.name, target.url) == (app, name, url)
    assert target.secure
    assert "lang" not in repr(target)


@pytest.mark.parametrize("address", ["https://a.b/z", "rtmps:///z", "z", "rtmps://ä.b/z", "rtmps://a:b/z"])
def test_what_is_no_address_of_a_stream_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Target.of(address)


def test_the_handshake_is_followed_by_the_whole_address() -> None:
    publisher = Publisher(Target.of(ADDRESS))
    publisher.begin()
    answer = b"".join(publisher.receive(HELLO[at : at + 100]) for at in range(0, len(HELLO), 100))
    assert answer[:1536] == HELLO[1:1537]
    assert b"connect" in answer
    assert ADDRESS.encode() in answer


def test_a_stream_is_published_once_the_server_says_so() -> None:
    publisher = shaken()
    assert b"createStream" in publisher.receive(command("_result", 1, {"a": 1}, {"code": "Connected"}))
    assert b"publish" in publisher.receive(command("_result", 4, None, 7))
    publisher.receive(command("onStatus", 0, None, {"level": "status", "code": "NetStream.Publish.Start"}))
    assert publisher.publishing
    sound = publisher.tag(flv.Tag(8, 0x1234567, b"x" * 5000))
    assert sound[1:4] == b"\xff\xff\xff"
    assert struct.unpack("<I", sound[8:12]) == (7,)
    assert b"deleteStream" in publisher.end()


@pytest.mark.parametrize(
    "said",
    [
        command("_error", 1, None, {"code": "NetConnection.Connect.Rejected"}),
        command("onStatus", 0, None, {"level": "error", "code": "NetStream.Publish.BadName"}),
        command("_result", 4, None, "seven"),
        message(20, b"\x03\x00"),
        message(20, b"\x0a\x00\x00\x00\x01" * 20),
        message(3, b"12"),
        b"\xc3" + bytes(200),
        b"\x03" + bytes(3) + b"\xff\xff\xff" + bytes(5),
    ],
)
def test_refusals_and_nonsense_only_lose_the_stream(said: bytes) -> None:
    with pytest.raises(Lost):
        shaken().receive(said)


def test_a_server_that_asks_for_signs_of_life_gets_them() -> None:
    publisher = shaken()
    assert publisher.receive(message(4, b"\x00\x06abcd", line=2)).endswith(b"\x00\x07abcd")
    publisher.receive(message(5, struct.pack(">I", 100), line=2))
    assert publisher.receive(message(4, bytes(100), line=2))
    publisher.receive(message(3, struct.pack(">I", 4096), line=2))
    assert publisher.acknowledged == 4096


def test_whatever_a_server_sends_is_either_taken_or_loses_the_stream() -> None:
    chance = random.Random(7)
    for _ in range(300):
        publisher = shaken()
        try:
            for _ in range(20):
                publisher.receive(chance.randbytes(chance.randrange(1, 60)))
        except Lost:
            continue


def test_tags_are_found_in_pieces_of_any_size() -> None:
    tags = [flv.Tag(18, 0, b"meta"), flv.Tag(8, 23, b"sound" * 50), flv.Tag(9, 0x01000000, b"")]
    written = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
    for tag in tags:
        late = (tag.timestamp & 0xFFFFFF).to_bytes(3) + bytes((tag.timestamp >> 24,))
        written += bytes((tag.kind,)) + len(tag.data).to_bytes(3) + late + bytes(3) + tag.data + bytes(4)
    for size in (1, 7, 1000):
        reader = flv.Reader()
        pieces = (written[at : at + size] for at in range(0, len(written), size))
        assert [tag for piece in pieces for tag in reader.feed(piece)] == tags


def test_what_is_encoded_is_decoded_as_it_was() -> None:
    values = ["connect", 1.0, {"app": "z", "good": True, "none": None}, None]
    assert amf.decoded(amf.encoded(*values)) == values
