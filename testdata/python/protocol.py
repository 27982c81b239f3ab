"""What asyncapi.yaml says in words: ids, signatures, the digest of a state, the chain of events."""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VERSION = 1
KINDS = {"delta": 2, "snap": 3, "cmd": 4, "ack": 5}
CHUNK = 102400

# Items in the digest of a state: the list of the snapshot, its rule, its number.
ITEMS = [
    ("Slots", "slot", 2), ("Locations", "location", 3), ("Schedules", "schedule", 4), ("Groups", "group", 5),
    ("Keys", "key", 6), ("Users", "user", 7), ("Credentials", "credential", 8), ("Grants", "grant", 9),
    ("Bookings", "booking", 10),
]


def pack_id(text):
    """An id as the number that messages hold."""
    places = "-0123456789abcdefghijklmnopqrstuvwxyz"
    return sum((places.index(c) + 1) * 38 ** (11 - i) for i, c in enumerate(text))


class Signer:
    """One key of the cloud."""

    def __init__(self, seed):
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(public).digest()[:8]

    def seal(self, box, name, payload):
        """A message as it is published to the box."""
        version = struct.pack(">H", VERSION)
        text = b"sb1" + bytes([KINDS[name]]) + version + struct.pack(">Q", pack_id(box)) + payload
        return version + self.id + self.key.sign(text) + payload


def digest_credential(box_key, text):
    """A code, badge or fob as a box has it."""
    return hmac.new(box_key, text.encode(), hashlib.sha256).digest()[:16]


def digest_state(grammar, snapshot):
    """The digest in hello and applied."""
    items = [("box", 1, snapshot["Box"])]
    for field, rule, kind in ITEMS:
        items += [(rule, kind, item) for item in snapshot.get(field, [])]
    total = 0
    for rule, kind, item in items:
        body = grammar.encode(rule, item)
        total += int.from_bytes(hashlib.sha256(b"smartbox state 1" + bytes([kind]) + body).digest(), "big")
    return (total % 2**256).to_bytes(32, "big")


def chain_start(epoch):
    """The hash before the first event."""
    return hashlib.sha256(b"smartbox journal 1" + struct.pack(">Q", epoch)).digest()


def chain_next(head, payload):
    """The hash of an event behind the one of that hash."""
    return hashlib.sha256(head + payload).digest()


def chunks(revision, whole):
    """The parts of a snapshot."""
    parts = [whole[i:i + CHUNK] for i in range(0, len(whole), CHUNK)]
    total = hashlib.sha256(whole).digest()
    return [
        {"Revision": revision, "Sum": total, "Index": i, "Count": len(parts), "Data": part}
        for i, part in enumerate(parts)
    ]
