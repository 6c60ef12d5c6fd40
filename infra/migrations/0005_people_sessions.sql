-- Sessions of people: which ended before their tokens do, and how often a sign-in was tried of late.

CREATE TABLE IF NOT EXISTS revoked_sessions (
    session_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    revoked_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (session_key),
    KEY revoked_sessions_by_end (expires_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='Sessions of people that were ended; a row may go when no token of its session can be valid any more';

CREATE TABLE IF NOT EXISTS sign_in_attempts (
    attempt_key CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt_id BIGINT NOT NULL AUTO_INCREMENT,
    attempted_at_ms BIGINT NOT NULL,
    PRIMARY KEY (attempt_id),
    KEY sign_in_attempts_by_key (attempt_key, attempted_at_ms),
    KEY sign_in_attempts_by_time (attempted_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='Attempts to sign in, by the hash of an account or an address; kept for the window of the rate limit';
