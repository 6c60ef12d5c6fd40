-- Which devices sent to a session, and whether a device is connected.

-- Sessions from before have an empty list until their devices send to them again.
ALTER TABLE sessions ADD COLUMN device_ids JSON NOT NULL DEFAULT (JSON_ARRAY())
    COMMENT 'Sorted JSON array of the devices that sent telemetry or an event which names the session';

ALTER TABLE device_contacts
    ADD COLUMN is_online BOOLEAN NULL COMMENT 'By the last presence event; null when none has come',
    ADD COLUMN presence_at_ms BIGINT NULL,
    ADD COLUMN presence_version BIGINT NULL,
    ADD COLUMN presence_session VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;
