-- One file for both engines. Three words stand for what they call differently, see dialect.go: {id} a short text that
-- is compared byte by byte, {bytes}, and {int} of 64 bits. Times are milliseconds since 1970 UTC, 0 = not set; yes and
-- no are 1 and 0; ids and digests are made by the directory. A column that may point nowhere is NULL then.

-- +goose Up
CREATE TABLE organizations (
  id {id} PRIMARY KEY,
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, plan {int} NOT NULL, settings TEXT NOT NULL
);

CREATE TABLE counters (
  org {id} NOT NULL REFERENCES organizations (id), name {id} NOT NULL, last {int} NOT NULL,
  PRIMARY KEY (org, name)
);

CREATE TABLE profiles (
  id {id} PRIMARY KEY,
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  email {id} NOT NULL, phone {id} NOT NULL, password TEXT NOT NULL, disabled {int} NOT NULL
);
CREATE UNIQUE INDEX profiles_email ON profiles (email) WHERE email <> '';
CREATE UNIQUE INDEX profiles_phone ON profiles (phone) WHERE phone <> '';

CREATE TABLE locations (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, zone TEXT NOT NULL
);
CREATE INDEX locations_org ON locations (org, name, id);

CREATE TABLE holidays (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  location {id} REFERENCES locations (id), date {int} NOT NULL, name {id} NOT NULL
);
CREATE UNIQUE INDEX holidays_date ON holidays (location, date) WHERE location IS NOT NULL;
CREATE UNIQUE INDEX holidays_everywhere_date ON holidays (org, date) WHERE location IS NULL;

CREATE TABLE boxes (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, location {id} NOT NULL REFERENCES locations (id), language TEXT NOT NULL,
  need_pin {int} NOT NULL, go_to TEXT NOT NULL, policy TEXT NOT NULL, reasons TEXT NOT NULL
);
CREATE INDEX boxes_org ON boxes (org, name, id);
CREATE INDEX boxes_location ON boxes (location);

CREATE TABLE slots (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  box {id} NOT NULL REFERENCES boxes (id), number {int} NOT NULL, retired {int} NOT NULL
);
CREATE UNIQUE INDEX slots_number ON slots (box, number);
CREATE INDEX slots_org ON slots (org, id);

CREATE TABLE key_groups (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, need_pin {int} NOT NULL, people {int} NOT NULL, max_per_user {int} NOT NULL, max_out {int} NOT NULL
);
CREATE INDEX key_groups_org ON key_groups (org, name, id);

CREATE TABLE keys (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, box {id} REFERENCES boxes (id), home {id} REFERENCES slots (id),
  groups_list TEXT NOT NULL, policy TEXT NOT NULL, blocked {int} NOT NULL
);
CREATE INDEX keys_org ON keys (org, name, id);
CREATE INDEX keys_box ON keys (box);
CREATE UNIQUE INDEX keys_home ON keys (home) WHERE home IS NOT NULL;

CREATE TABLE keys_in_groups (
  group_id {id} NOT NULL REFERENCES key_groups (id), key_id {id} NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, key_id)
);
CREATE INDEX keys_in_groups_key ON keys_in_groups (key_id);

CREATE TABLE schedules (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, windows TEXT NOT NULL, holidays {int} NOT NULL
);
CREATE INDEX schedules_org ON schedules (org, name, id);

-- Personal data stands in members (first_name to search) and credentials (sealed), and nowhere else.
CREATE TABLE members (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  kind {int} NOT NULL, role {int} NOT NULL,
  status {int} NOT NULL, status_at {int} NOT NULL, status_by TEXT NOT NULL,
  profile {id} REFERENCES profiles (id),
  switches TEXT NOT NULL, max_keys {int} NOT NULL, from_at {int} NOT NULL, until_at {int} NOT NULL, last_used {int} NOT NULL,
  first_name TEXT NOT NULL, last_name TEXT NOT NULL, email {id} NOT NULL, phone {id} NOT NULL, language TEXT NOT NULL,
  comment TEXT NOT NULL, name {id} NOT NULL, search TEXT NOT NULL
);
CREATE INDEX members_org ON members (org, name, id);
CREATE INDEX members_org_status ON members (org, status, name, id);
CREATE INDEX members_role ON members (org, role);
CREATE INDEX members_profile ON members (profile);
-- One full member to an address, of those who are not gone (6 = archived, and beyond).
CREATE UNIQUE INDEX members_email ON members (org, email) WHERE kind = 0 AND status < 6 AND email <> '';

CREATE TABLE credentials (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  kind {int} NOT NULL, member {id} REFERENCES members (id), key_id {id} REFERENCES keys (id),
  number {int} NOT NULL, active {int} NOT NULL, until_at {int} NOT NULL, length {int} NOT NULL, tech TEXT NOT NULL,
  sealed {bytes} NOT NULL, lookup {bytes} NOT NULL
);
CREATE UNIQUE INDEX credentials_lookup ON credentials (org, lookup);
CREATE UNIQUE INDEX credentials_number ON credentials (org, number);
CREATE INDEX credentials_member ON credentials (member);
CREATE INDEX credentials_key ON credentials (key_id);

CREATE TABLE grants (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  member {id} NOT NULL REFERENCES members (id), target {id} NOT NULL, role {int} NOT NULL,
  schedule {id} REFERENCES schedules (id), from_at {int} NOT NULL, until_at {int} NOT NULL
);
CREATE INDEX grants_org ON grants (org, id);
CREATE INDEX grants_member ON grants (member);
CREATE INDEX grants_target ON grants (org, target, member);
CREATE INDEX grants_schedule ON grants (schedule);

CREATE TABLE bookings (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  member {id} NOT NULL REFERENCES members (id), key_id {id} NOT NULL REFERENCES keys (id),
  from_at {int} NOT NULL, until_at {int} NOT NULL
);
CREATE INDEX bookings_org ON bookings (org, id);
CREATE INDEX bookings_key ON bookings (key_id, from_at);
CREATE INDEX bookings_member ON bookings (member);

CREATE TABLE tokens (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  name {id} NOT NULL, digest {bytes} NOT NULL, scopes TEXT NOT NULL, role {int} NOT NULL,
  member {id} REFERENCES members (id), expires {int} NOT NULL, last_used {int} NOT NULL
);
CREATE UNIQUE INDEX tokens_digest ON tokens (digest);
CREATE INDEX tokens_org ON tokens (org, name, id);

CREATE TABLE audit (
  id {id} PRIMARY KEY, org {id} NOT NULL REFERENCES organizations (id),
  version {int} NOT NULL, created {int} NOT NULL, updated {int} NOT NULL,
  at {int} NOT NULL, actor {id} NOT NULL, action {id} NOT NULL, kind {id} NOT NULL, thing {id} NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX audit_org ON audit (org, at, id);

-- +goose Down
DROP TABLE audit;
DROP TABLE tokens;
DROP TABLE bookings;
DROP TABLE grants;
DROP TABLE credentials;
DROP TABLE members;
DROP TABLE schedules;
DROP TABLE keys_in_groups;
DROP TABLE keys;
DROP TABLE key_groups;
DROP TABLE slots;
DROP TABLE boxes;
DROP TABLE holidays;
DROP TABLE locations;
DROP TABLE profiles;
DROP TABLE counters;
DROP TABLE organizations;
