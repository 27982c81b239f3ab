-- +goose Up
CREATE TABLE box_state (
  box {id} PRIMARY KEY REFERENCES boxes (id), org {id} NOT NULL REFERENCES organizations (id),
  epoch {int} NOT NULL, version {int} NOT NULL, floor {int} NOT NULL, counter {int} NOT NULL,
  applied_epoch {int} NOT NULL, applied_version {int} NOT NULL, applied_at {int} NOT NULL, applied_digest {bytes} NOT NULL,
  digest {bytes} NOT NULL, box_key {bytes},
  serial {id} NOT NULL, fingerprint {id} NOT NULL, public_key {id} NOT NULL,
  issued {int} NOT NULL, expires {int} NOT NULL, revoked {int} NOT NULL,
  firmware TEXT NOT NULL, online {int} NOT NULL, connection TEXT NOT NULL, seen_at {int} NOT NULL
);
CREATE UNIQUE INDEX box_state_fingerprint ON box_state (fingerprint) WHERE fingerprint <> '';
CREATE INDEX box_state_behind ON box_state (box) WHERE applied_version <> version OR applied_epoch <> epoch;

-- What a box must have; body NULL is a tombstone. A delta is what stands above a version.
CREATE TABLE box_items (
  box {id} NOT NULL REFERENCES boxes (id), kind {int} NOT NULL, item {id} NOT NULL, owner {id} NOT NULL,
  version {int} NOT NULL, body {bytes}, erase {int} NOT NULL,
  PRIMARY KEY (box, kind, item)
);
CREATE INDEX box_items_version ON box_items (box, version);
CREATE INDEX box_items_owner ON box_items (box, owner);
CREATE INDEX box_items_item ON box_items (item, kind);

-- Which boxes ever knew a person, and which of them have confirmed that they forgot her. No foreign keys: it
-- outlives both.
CREATE TABLE box_people (
  box {id} NOT NULL, member {id} NOT NULL, known {int} NOT NULL, asked {int} NOT NULL, receipt {int} NOT NULL,
  PRIMARY KEY (box, member)
);
CREATE INDEX box_people_member ON box_people (member);

-- Events hold ids and no names. No foreign keys on people and keys: history outlives them.
CREATE TABLE events (
  org {id} NOT NULL REFERENCES organizations (id), id {int} NOT NULL,
  box {id} NOT NULL, epoch {int} NOT NULL, seq {int} NOT NULL,
  at {int} NOT NULL, kind {int} NOT NULL, reason {int} NOT NULL,
  member {id}, other {id}, third {id}, key_id {id}, slot {id},
  received {int} NOT NULL, hash {bytes} NOT NULL, payload {bytes} NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX events_seq ON events (box, epoch, seq);
CREATE INDEX events_key ON events (org, key_id, id);
CREATE INDEX events_member ON events (org, member, id);
CREATE INDEX events_box ON events (org, box, id);
CREATE INDEX events_at ON events (org, at);

CREATE TABLE event_chains (
  box {id} NOT NULL, epoch {int} NOT NULL, began {int} NOT NULL, upto {int} NOT NULL, hash {bytes} NOT NULL,
  PRIMARY KEY (box, epoch)
);

CREATE TABLE custody (
  key_id {id} PRIMARY KEY REFERENCES keys (id), org {id} NOT NULL, box {id} NOT NULL,
  place {int} NOT NULL, slot {id}, member {id}, since {int} NOT NULL, due {int} NOT NULL, overdue {int} NOT NULL, assumed {int} NOT NULL
);
CREATE INDEX custody_org ON custody (org, key_id);
CREATE INDEX custody_box ON custody (box);
CREATE INDEX custody_member ON custody (member);

CREATE TABLE alarms (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  box {id}, kind {id} NOT NULL, at {int} NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX alarms_org ON alarms (org, at, id);

CREATE TABLE commands (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  box {id} NOT NULL REFERENCES boxes (id), counter {int} NOT NULL, type {id} NOT NULL, body {bytes}, reason TEXT NOT NULL,
  actor {id} NOT NULL, not_before {int} NOT NULL, expires {int} NOT NULL, state {int} NOT NULL, result TEXT NOT NULL
);
CREATE UNIQUE INDEX commands_counter ON commands (box, counter);
CREATE INDEX commands_state ON commands (box, state);

CREATE TABLE claims (
  box {id} PRIMARY KEY REFERENCES boxes (id), org {id} NOT NULL, digest {bytes} NOT NULL,
  expires {int} NOT NULL, used {int} NOT NULL
);
CREATE UNIQUE INDEX claims_digest ON claims (digest);

CREATE TABLE requests (
  org {id} NOT NULL, request_key {id} NOT NULL, fingerprint {bytes} NOT NULL, status {int} NOT NULL,
  header {bytes}, body {bytes}, expires {int} NOT NULL,
  PRIMARY KEY (org, request_key)
);
CREATE INDEX requests_expires ON requests (expires);

CREATE TABLE leases (
  box {id} PRIMARY KEY, holder {id} NOT NULL, expires {int} NOT NULL
);
CREATE INDEX leases_holder ON leases (holder);

-- +goose Down
DROP TABLE leases;
DROP TABLE requests;
DROP TABLE claims;
DROP TABLE commands;
DROP TABLE alarms;
DROP TABLE custody;
DROP TABLE event_chains;
DROP TABLE events;
DROP TABLE box_people;
DROP TABLE box_items;
DROP TABLE box_state;
