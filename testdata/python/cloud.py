"""A cloud for one box, written from asyncapi.yaml and messages.cddl alone.

It reads one line of JSON from the standard input, serves the box through what the test wants to see, and says on the
standard output, a line of JSON each: that it listens, that it was served, and what it has seen when the box is gone.
"""

import json
import queue
import sys
import time

import paho.mqtt.client as mqtt

import protocol
from cddl import Grammar

# The payloads of the channels.
RULES = {
    "delta": "delta", "snap": "chunk", "cmd": "command", "ack": "ack",
    "hello": "hello", "ev": "events", "applied": "applied", "rsp": "response", "st": "presence", "tel": "telemetry",
}
PEOPLE = 2000  # enough for a snapshot of several parts
LATER = "berta"  # comes with a delta


def now():
    return time.time_ns() // 1_000_000


class Cloud:
    """The desired state of the box, the books of its events, and what it was told to do."""

    def __init__(self, grammar, client, task):
        self.g, self.client, self.box = grammar, client, task["box"]
        self.box_key = bytes.fromhex(task["boxKey"])
        self.state_key = protocol.Signer(bytes.fromhex(task["stateSeed"]))
        self.orders_key = protocol.Signer(bytes.fromhex(task["ordersSeed"]))
        self.want_events = task["events"]
        self.snapshot = self.first_state()
        self.books, self.heads = {}, {}
        self.seen = {"hellos": 0, "digests": [], "outcomes": [], "presence": [], "telemetry": 0, "doubles": 0, "gaps": 0}
        self.order = None
        self.done = False

    # What the box is to have.

    def credential(self, number, kind, text, **of):
        return {
            "Digest": protocol.digest_credential(self.box_key, text), "Number": number,
            "Kind": self.g.word("credential-kind", kind), **of,
        }

    def person(self, name):
        return {
            "ID": protocol.pack_id(name), "Name": name.capitalize(), "Status": self.g.word("status", "validated"),
            "Switches": self.g.word("switches", "card-access"),
        }

    def grant(self, name, user, kind, ref=0):
        return {
            "ID": protocol.pack_id(name), "User": protocol.pack_id(user), "Role": self.g.word("permission-role", "exchange"),
            "Target": {"Kind": self.g.word("target-kind", kind), "Ref": ref},
        }

    def first_state(self):
        here, slot, key = (protocol.pack_id(x) for x in ("depot", "s1", "van"))
        names = sorted(["anna"] + [f"p-{i:04d}" for i in range(PEOPLE)], key=protocol.pack_id)
        snapshot = {
            "Revision": {"Epoch": 3, "Version": 1}, "IssuedAt": now(),
            "Box": {"ID": protocol.pack_id(self.box), "Name": "Höfe", "Location": here, "Policy": {}},
            "Slots": [{"ID": slot, "Number": 1}],
            "Locations": [{"ID": here, "Name": "Depot", "Zone": "Europe/Berlin"}],
            "Keys": [{"ID": key, "Name": "Van", "Location": here, "Home": slot}],
            "Users": [self.person(n) for n in names],
            "Grants": [self.grant("g-anna", "anna", "key", key)],
            "Credentials": [
                self.credential(1, "code", "code:482913", User=protocol.pack_id("anna")),
                self.credential(2, "fob", "uid:04A1B2C3D4E501", Key=key),
            ],
            "Custody": [{"Key": key, "Place": self.g.word("place", "in-slot"), "Slot": slot, "Since": now()}],
        }
        for i, name in enumerate(n for n in names if n != "anna"):
            snapshot["Credentials"].append(
                self.credential(10 + i, "badge", f"w26:7-{i}", User=protocol.pack_id(name), Active=True))
        snapshot["Credentials"].sort(key=lambda c: c["Digest"])
        return snapshot

    def change(self, version, put):
        """The delta that leads to the next version."""
        base = self.snapshot["Revision"]
        return {"Delta": {"Base": base, "Revision": dict(base, Version=version), "IssuedAt": now(), "Put": put}}

    def later(self):
        """The state with one more person, and the delta that leads there."""
        put = {
            "Users": [self.person(LATER)],
            "Grants": [self.grant("g-berta", LATER, "location", protocol.pack_id("depot"))],
            "Credentials": [self.credential(5000, "code", "code:0815", User=protocol.pack_id(LATER))],
        }
        delta = self.change(2, put)
        for field, items in put.items():
            self.snapshot[field] = self.snapshot[field] + items
        self.snapshot["Revision"] = delta["Delta"]["Revision"]
        return delta

    # What is said to it.

    def say(self, name, value, key=None):
        payload = (key or self.state_key).seal(self.box, name, self.g.encode(RULES[name], value))
        self.client.publish(f"sb/v1/{self.box}/d/{name}", payload, qos=1, retain=False)

    def ack(self, epoch, connection=0):
        self.say("ack", {"Epoch": epoch, "UpTo": len(self.books.get(epoch, [])), "Connection": connection, "At": now()})

    def open(self, counter):
        self.order = {
            "ID": 0xC0FFEE, "Counter": counter, "Expires": now() + 20_000, "Type": self.g.word("command-type", "open"),
            "Slot": protocol.pack_id("s1"), "User": protocol.pack_id("anna"),
        }
        self.say("cmd", self.order, self.state_key)  # by the wrong key: the box must not move
        self.say("cmd", self.order, self.orders_key)

    # What it says.

    def take(self, name, value):
        getattr(self, "on_" + name)(value)

    def on_hello(self, m):
        self.seen["hellos"] += 1
        if m["Protocol"] != protocol.VERSION:
            raise ValueError(f"the box speaks version {m['Protocol']}")
        self.counter = m.get("Counter", 0)
        self.ack(m["EventEpoch"], m["Connection"])
        if m.get("Revision") == self.snapshot["Revision"]:
            same = self.snapshot["Revision"]
            self.say("delta", {"Delta": {"Base": same, "Revision": same, "IssuedAt": now()}})
            return
        parts = protocol.chunks(self.snapshot["Revision"], self.g.encode("snapshot", self.snapshot))
        for part in reversed(parts):
            self.say("snap", part)
        self.seen["parts"] = len(parts)

    def on_applied(self, m):
        if "Refused" in m:
            raise ValueError(f"the box refused {m['Refused']}: {m['Reason']}")
        if m["Revision"] != self.snapshot["Revision"]:
            return  # said before it had what came since
        if m["Digest"] != protocol.digest_state(self.g, self.snapshot):
            raise ValueError(f"the box holds another state of {m['Revision']}")
        self.seen["digests"].append(m["Digest"].hex())
        if m["Revision"]["Version"] == 1:
            forged = self.change(2, {"Grants": [self.grant("g-forged", "p-0001", "all")]})
            self.say("delta", forged, self.orders_key)  # which may not tell the state
            self.say("delta", self.later())
        elif self.order is None:
            self.open(self.counter + 1)

    def on_ev(self, m):
        epoch = m["Epoch"]
        books = self.books.setdefault(epoch, [])
        head = self.heads.get(epoch, protocol.chain_start(epoch))
        if m.get("After", 0) <= len(books):
            if m["First"] != m.get("After", 0) + 1:
                self.seen["gaps"] += 1
            for seq, entry in enumerate(m["Batch"], m["First"]):
                if seq <= len(books):
                    self.seen["doubles"] += 1
                    continue
                head = protocol.chain_next(head, entry["Payload"])
                if head != entry["Hash"]:
                    raise ValueError(f"event {seq} does not follow in the chain")
                event = self.g.decode("event", entry["Payload"])
                if event["Seq"] != seq:
                    raise ValueError(f"event {event['Seq']} stands in the place of {seq}")
                books.append(event)
            self.heads[epoch] = head
        self.ack(epoch)
        self.finish()

    def on_rsp(self, m):
        if m["ID"] != self.order["ID"]:
            raise ValueError(f"an answer to {m['ID']}")
        words = {n: w for w, n in self.g.words["outcome"].items()}
        self.seen["outcomes"].append(words[m["Outcome"]])
        if len(self.seen["outcomes"]) == 1:
            self.say("cmd", self.order, self.orders_key)  # again, as a broker may
        self.finish()

    def on_st(self, m):
        self.seen["presence"].append([m.get("Online", False), m["Connection"]])
        self.done = self.done or not m.get("Online", False)

    def on_tel(self, m):
        if m["Mains"] or m["Battery"]:
            raise ValueError(f"telemetry {m}")
        self.seen["telemetry"] += 1

    def finish(self):
        """Says, once, that all has come that was to come."""
        events = sum(len(b) for b in self.books.values())
        if events == self.want_events and len(self.seen["outcomes"]) == 2 and "served" not in self.seen:
            self.seen["served"] = True
            report({"served": True})


def report(line):
    print(json.dumps(line), flush=True)


def main():
    task = json.loads(sys.stdin.readline())
    with open(task["cddl"], encoding="utf-8") as f:
        grammar = Grammar(f.read())
    inbox = queue.SimpleQueue()
    # Since 2.0 the library wants to know which callbacks are meant; these fit both.
    style = [mqtt.CallbackAPIVersion.VERSION2] if hasattr(mqtt, "CallbackAPIVersion") else []
    client = mqtt.Client(*style, client_id="cloud", clean_session=True, protocol=mqtt.MQTTv311)
    client.on_connect = lambda c, *_: c.subscribe(f"sb/v1/{task['box']}/u/+", qos=1)
    client.on_subscribe = lambda *_: report({"listens": True})
    client.on_message = lambda _c, _u, m: inbox.put(m)
    client.connect(task["host"], task["port"])
    client.loop_start()
    cloud = Cloud(grammar, client, task)
    while not cloud.done:
        m = inbox.get(timeout=task["patience"])
        name = m.topic.rpartition("/")[2]
        cloud.take(name, grammar.decode(RULES[name], m.payload))
    client.disconnect()
    client.loop_stop()
    events = [e for epoch in sorted(cloud.books) for e in cloud.books[epoch]]
    report({
        **cloud.seen,
        "seqs": [e["Seq"] for e in events],
        "actors": [e["Actor"] for e in events if "Actor" in e],
    })


main()
