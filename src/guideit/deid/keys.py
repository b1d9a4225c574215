"""Keys: everything that must stay the same over a trial's releases without anyone keeping a list.

UIDs, pseudonyms and date shifts are derived from one secret by HMAC-SHA-256 (RFC 2104), each in a domain of its
own. Without the secret they tell nothing; with it they come out the same every time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache


def new_secret() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(32)


class Keys:
    """One trial's derivations.

    Args:
        secret: At least 16 bytes.
        scope: The trial's id: the same person in two trials gets two pseudonyms.

    Raises:
        ValueError: The secret is too short to keep anything secret.
    """

    def __init__(self, secret: bytes, scope: str) -> None:
        if len(secret) < 16:
            raise ValueError("a secret has at least 16 bytes")
        self._secret = hmac.digest(secret, b"guideit|" + scope.encode(), hashlib.sha256)
        self.uid = lru_cache(maxsize=65536)(self._uid)

    def __repr__(self) -> str:
        return f"Keys(id={self.id!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not sent around; send the secret where it must go")

    @property
    def id(self) -> str:
        """16 hex digits that name the key and reveal nothing of it."""
        return self._digest("id", "").hex()[:16]

    def _uid(self, original: str) -> str:
        """A UID for a UID: `2.25.` and 128 bits in decimal (PS3.5 B.2, Rec. ITU-T X.667)."""
        value = bytearray(self._digest("uid", original)[:16])
        value[6] = (value[6] & 0x0F) | 0x80  # a UUID of version 8 (RFC 9562), as 2.25 asks for one
        value[8] = (value[8] & 0x3F) | 0x80
        return f"2.25.{int.from_bytes(value, 'big')}"

    def pseudonym(self, source_id: str, prefix: str) -> str:
        """`PREFIX-` and 10 characters of base 32: 50 bits, no vowels to spell a word with by accident."""
        letters = base64.b32encode(self._digest("pseudonym", source_id)[:10]).decode()
        return f"{prefix}-{letters.translate(_NO_VOWELS)[:10]}"

    def shift_days(self, source_id: str, span: tuple[int, int]) -> int:
        """Days to add to every date of a participant: between `-span[1]` and `-span[0]`."""
        low, high = span
        number = int.from_bytes(self._digest("shift", source_id)[:8], "big")
        return -(low + number % (high - low + 1))

    def text_mark(self, text: str) -> str:
        """16 hex digits that stand for a text in findings: equal for equal texts, nothing to guess it by."""
        return self._digest("text", text).hex()[:16]

    def _digest(self, domain: str, value: str) -> bytes:
        return hmac.digest(self._secret, f"{domain}|{value}".encode(), hashlib.sha256)


_NO_VOWELS = str.maketrans("AEIOU", "01891")
