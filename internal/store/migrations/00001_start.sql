-- TEXT and BIGINT only, so that the same text runs on SQLite and PostgreSQL.
-- Times are nanoseconds since 1970 in UTC; 0 means none. Bytes are base64.

-- +goose Up
CREATE TABLE record (
    kind        TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    service     TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    phase       TEXT   NOT NULL,
    wake        BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    version     BIGINT NOT NULL CHECK (version > 0),
    body        TEXT   NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX record_by_age ON record (kind, created, id);
CREATE INDEX record_by_service ON record (kind, service, created, id);
CREATE INDEX record_by_phase ON record (kind, phase, created, id);
CREATE INDEX record_by_wake ON record (wake) WHERE wake > 0;

CREATE TABLE event (
    seq         BIGINT NOT NULL PRIMARY KEY CHECK (seq > 0),
    at          BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    service     TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    release_id  TEXT   NOT NULL,
    rollout_id  TEXT   NOT NULL,
    commit_id   TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    data        TEXT   NOT NULL,
    prev        TEXT   NOT NULL,
    hash        TEXT   NOT NULL
);
CREATE INDEX event_by_time ON event (at, seq);
CREATE INDEX event_by_kind ON event (kind, seq);
CREATE INDEX event_by_actor ON event (actor, seq);
CREATE INDEX event_by_service ON event (service, seq) WHERE service <> '';
CREATE INDEX event_by_run ON event (run_id, seq) WHERE run_id <> '';
CREATE INDEX event_by_release ON event (release_id, seq) WHERE release_id <> '';
CREATE INDEX event_by_rollout ON event (rollout_id, seq) WHERE rollout_id <> '';
CREATE INDEX event_by_commit ON event (commit_id, seq) WHERE commit_id <> '';
CREATE INDEX event_by_digest ON event (digest, seq) WHERE digest <> '';

CREATE TABLE effect (
    key     TEXT   NOT NULL PRIMARY KEY,
    ord     BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    epoch   BIGINT NOT NULL,
    body    TEXT   NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX effect_by_order ON effect (ord);

CREATE TABLE token (
    id        TEXT   NOT NULL PRIMARY KEY,
    name      TEXT   NOT NULL,
    role      TEXT   NOT NULL,
    hash      TEXT   NOT NULL UNIQUE,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    revoked   BIGINT NOT NULL,
    last_used BIGINT NOT NULL
);

CREATE TABLE idempotency (
    actor    TEXT   NOT NULL,
    key      TEXT   NOT NULL,
    request  TEXT   NOT NULL,
    status   BIGINT NOT NULL,
    response TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created);

CREATE TABLE secret (
    service     TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    sealed      TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (service, environment, name)
);

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE lease (
    name    TEXT   NOT NULL PRIMARY KEY,
    holder  TEXT   NOT NULL,
    expires BIGINT NOT NULL,
    token   BIGINT NOT NULL
);
