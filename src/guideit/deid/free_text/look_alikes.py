"""Letters that are read, scanned or typed for one another, as one: what a name looks like, not what it is made of.

OCR takes 0 for O, 1 for l and I, 5 for S, 8 for B, `rn` for m; people write `K0walewski` and `M1ll3r` to hide a
name; letters of other scripts look the same (Unicode TR 39). The skeleton of a text is what all of these share.
"""

from __future__ import annotations

from functools import lru_cache

from guideit.deid.vocabulary import fold

_SCRIPTS = str.maketrans(
    "авгеѕзіїјкмнорстухьԁԛԝһӏ" "αβγεικνορτυχωηζμ" "ɡɩʟɴʀʏᴀʙᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢ",
    "abreszi" "ijkmhopctyxbdqwhl" "abyeikvoptuxwnzm" "gilnryabcdejkmoptuvwz",
)  # fmt: skip
"""Cyrillic, Greek and small capitals, in lower case, as the Latin letters they look like."""
_CAPITALS = str.maketrans("ВНРСХУΡΗΝΥΒΧВ", "bhpcxyphnybxb")
"""Capitals that look like another letter than their small form does."""
_SIGNS = str.maketrans("01i|!j3€4@5$7+8962q", "ollllleeaassttbggzg")
"""Digits and signs as the letters they are read or written for; what is told apart by a dot alone is one."""
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("nn", "m"))


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """A word as it looks, in small Latin letters."""
    seen = fold(word.translate(_CAPITALS)).translate(_SCRIPTS)
    for pair, one in _PAIRS:
        seen = seen.replace(pair, one)
    return seen.translate(_SIGNS)
