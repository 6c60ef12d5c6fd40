-- The registry of devices: what the function `devices` writes, and what a restored IoT control plane is filled from.

CREATE TABLE IF NOT EXISTS devices (
    device_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    tenant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    member_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    certificate_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    certificate_pem TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registered_at_ms BIGINT NOT NULL,
    PRIMARY KEY (device_id),
    KEY devices_by_tenant (tenant_id, device_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  COMMENT='Registered devices; a device belongs to one tenant';
