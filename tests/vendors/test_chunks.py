from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.vendors.chunks import Chunker


def test_a_vendor_gets_sound_in_pieces_of_its_own_length_and_none_is_lost() -> None:
    frames = [Frame(n * FRAME_SECONDS, bytes([n]) * FRAME_BYTES) for n in range(50)]
    chunker = Chunker(0.1)
    chunks = [chunk for frame in frames for chunk in chunker.add(frame)]
    assert {len(chunk) for chunk in chunks} == {3_200}
    assert b"".join([*chunks, chunker.rest()]) == b"".join(frame.pcm for frame in frames)
    assert chunker.rest() == b""
