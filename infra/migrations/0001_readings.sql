-- Readings, sessions and rollups: what `ingest` writes.
--
-- Tables keep instants as epoch milliseconds in UTC (`*_ms`), so that no session's time zone can bend them; public views
-- speak DATETIME(3) UTC. Identifiers are ASCII and compare bytewise. Everything here is understood by MySQL 8 and
-- MariaDB 10.11 alike. Tables are private, views are promised.

CREATE TABLE IF NOT EXISTS device_contacts (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    last_contact_ms BIGINT NULL,
    battery_percent DOUBLE NULL,
    battery_at_ms BIGINT NULL,
    battery_message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (tenant_id, device_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='What devices last said of themselves; its row is the lock that serialises the writers of one device';

CREATE TABLE IF NOT EXISTS members (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    member_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    named_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='People in therapy, from when they were first named';

CREATE TABLE IF NOT EXISTS messages (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    session_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    value_count INT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    stored_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, device_id, kind, message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='Messages that were stored, once each: what makes a message that comes again do nothing';

CREATE TABLE IF NOT EXISTS series_chunks (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    metric VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    minute_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    series_number SMALLINT NOT NULL,
    position SMALLINT NOT NULL,
    first_ms BIGINT NOT NULL,
    t0_ms BIGINT NOT NULL,
    dt_ms DOUBLE NOT NULL,
    session_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    unit VARCHAR(16) NOT NULL,
    value_count INT NOT NULL,
    value_min DOUBLE NOT NULL,
    value_max DOUBLE NOT NULL,
    value_sum DOUBLE NOT NULL,
    value_list JSON NOT NULL,
    PRIMARY KEY (tenant_id, device_id, metric, minute_ms, last_ms, message_id, series_number, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='One row a stretch of a series within one minute; null in value_list is a value that another message holds';

CREATE TABLE IF NOT EXISTS minute_rollups (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    metric VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    start_ms BIGINT NOT NULL,
    value_count BIGINT NOT NULL,
    value_min DOUBLE NOT NULL,
    value_max DOUBLE NOT NULL,
    value_sum DOUBLE NOT NULL,
    PRIMARY KEY (tenant_id, device_id, metric, start_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS hour_rollups LIKE minute_rollups;

CREATE TABLE IF NOT EXISTS day_rollups LIKE minute_rollups;

CREATE TABLE IF NOT EXISTS sessions (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    session_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    member_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    exercise VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    started_at_ms BIGINT NULL,
    started_by VARCHAR(130) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ended_at_ms BIGINT NULL,
    first_value_ms BIGINT NULL,
    last_value_ms BIGINT NULL,
    value_count BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, session_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='Therapy sessions; started_by is the device and message of the first session_started event';

CREATE TABLE IF NOT EXISTS events (
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    at_ms BIGINT NOT NULL,
    session_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    data JSON NOT NULL,
    PRIMARY KEY (tenant_id, device_id, message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
