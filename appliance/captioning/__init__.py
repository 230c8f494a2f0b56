"""From sound to captions: supervising a vendor's streams, calming what they say."""
