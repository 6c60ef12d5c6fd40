-- The views that others may read. Times are DATETIME in UTC; `measured_at` repeats chalicelib.domain.telemetry.measured_at.

CREATE OR REPLACE VIEW reading_values AS
SELECT
    chunk.tenant_id,
    chunk.device_id,
    chunk.session_id,
    chunk.metric,
    CAST(TIMESTAMPADD(
        MICROSECOND,
        1000 * (chunk.t0_ms + CAST(FLOOR((chunk.position + reading.ordinal - 1) * chunk.dt_ms + 0.5e0) AS SIGNED)),
        '1970-01-01 00:00:00'
    ) AS DATETIME(3)) AS measured_at,
    reading.value
FROM series_chunks AS chunk
JOIN JSON_TABLE(
    chunk.value_list, '$[*]' COLUMNS (ordinal FOR ORDINALITY, value DOUBLE PATH '$')
) AS reading
WHERE reading.value IS NOT NULL;

CREATE OR REPLACE VIEW rollup_minute AS
SELECT
    tenant_id, device_id, metric,
    CAST(TIMESTAMPADD(SECOND, start_ms DIV 1000, '1970-01-01 00:00:00') AS DATETIME) AS bucket_start,
    value_count AS `count`, value_min AS `min`, value_max AS `max`, value_sum AS `sum`
FROM minute_rollups;

CREATE OR REPLACE VIEW rollup_hour AS
SELECT
    tenant_id, device_id, metric,
    CAST(TIMESTAMPADD(SECOND, start_ms DIV 1000, '1970-01-01 00:00:00') AS DATETIME) AS bucket_start,
    value_count AS `count`, value_min AS `min`, value_max AS `max`, value_sum AS `sum`
FROM hour_rollups;

CREATE OR REPLACE VIEW rollup_day AS
SELECT
    tenant_id, device_id, metric,
    CAST(TIMESTAMPADD(SECOND, start_ms DIV 1000, '1970-01-01 00:00:00') AS DATETIME) AS bucket_start,
    value_count AS `count`, value_min AS `min`, value_max AS `max`, value_sum AS `sum`
FROM day_rollups;
