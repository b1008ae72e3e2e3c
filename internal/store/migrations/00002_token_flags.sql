-- A token may be bound to flag sets: their ids, one a line; none means all.

-- +goose Up
ALTER TABLE token ADD COLUMN flags TEXT NOT NULL DEFAULT '';
