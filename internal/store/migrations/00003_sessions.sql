-- +goose Up
CREATE TABLE session (
    hash    TEXT   NOT NULL PRIMARY KEY,
    token   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    ends    BIGINT NOT NULL
);
CREATE INDEX session_by_expiry ON session (expires);
