"""Reads messages.cddl, and turns records into CBOR and back by it: whatever the grammar does not allow is an error.

A record is a dict by the names that the grammar gives to its fields.
"""

import re

import cbor2

RULE = re.compile(r"^([a-z-]+) = (.*)$")
FIELD = re.compile(r"^  (\?)? ?(\d+) => (.+?), +; (\w+)(.*)")
WORD = re.compile(r"\b(\d+) ([a-z][a-z0-9-]*)(?: \([^)]*\))?(?=[,.])")


class Grammar:
    """The rules of the document."""

    def __init__(self, text):
        self.rules = {}  # name: a type as text, or {field: (number, type, optional, said even if zero)}
        self.words = {}  # name: {word: number}
        self._read(text)

    def _read(self, text):
        record, comment = None, ""
        for line in text.splitlines():
            if line.startswith(";"):
                comment += line[1:]
            elif m := RULE.match(line):
                name, what = m.groups()
                record = {} if what == "{" else None
                self.rules[name] = what.partition(";")[0].strip() if record is None else record
                self.words[name] = {w: int(n) for n, w in WORD.findall(comment)}
                comment = ""
            elif m := FIELD.match(line):
                optional, number, kind, field, note = m.groups()
                record[field] = (int(number), kind, bool(optional), "said even if zero" in note)
            else:
                comment = ""

    def word(self, rule, word):
        """The number that the rule gives to a word."""
        return self.words[rule][word]

    def encode(self, rule, value):
        """A value in core deterministic CBOR. The keys are small, so both orders of RFC 8949 are one."""
        return cbor2.dumps(self._pack(rule, value), canonical=True)

    def decode(self, rule, payload):
        """What a payload says. It must be in the one form that it can have."""
        packed = cbor2.loads(payload)
        value = self._unpack(rule, packed)
        if self.encode(rule, value) != payload:
            raise ValueError(f"{rule} is not in deterministic form, or holds what is to be left out")
        return value

    def _pack(self, kind, value):
        if element := self._element(kind):
            return [self._pack(element, v) for v in value]
        rule = self.rules.get(kind, kind)
        if isinstance(rule, str):
            return self._atom(rule, value) if rule == kind else self._pack(rule, value)
        if unknown := set(value) - set(rule):
            raise ValueError(f"{kind} has no {unknown}")
        packed = {}
        for field, (number, what, optional, said) in rule.items():
            if field not in value and not optional:
                raise ValueError(f"{kind} lacks {field}")
            if field in value:
                v = self._pack(what, value[field])
                if v or said or not optional:
                    packed[number] = v
        return packed

    def _unpack(self, kind, packed):
        if element := self._element(kind):
            return [self._unpack(element, v) for v in packed]
        rule = self.rules.get(kind, kind)
        if isinstance(rule, str):
            return self._atom(rule, packed) if rule == kind else self._unpack(rule, packed)
        names = {number: (field, what) for field, (number, what, *_) in rule.items()}
        value = {}
        for number, v in packed.items():
            if number not in names:
                raise ValueError(f"{kind} has no field {number}")
            field, what = names[number]
            value[field] = self._unpack(what, v)
        return value

    @staticmethod
    def _element(kind):
        return kind[3:-1] if kind.startswith("[+ ") else None

    @staticmethod
    def _atom(kind, value):
        name, _, size = kind.partition(" .size ")
        is_int = isinstance(value, int) and not isinstance(value, bool)
        ok = {
            "bool": lambda: isinstance(value, bool),
            "tstr": lambda: isinstance(value, str),
            "int": lambda: is_int and -(2**63) <= value < 2**63,
            "uint": lambda: is_int and 0 <= value < 256 ** int(size),
            "bstr": lambda: isinstance(value, bytes) and (not size or len(value) == int(size)),
        }[name]()
        if not ok:
            raise ValueError(f"{value!r} is no {kind}")
        return value
