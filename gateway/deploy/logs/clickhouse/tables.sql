-- The gateway's logs. Rows that came twice (a batch whose answer was lost is sent again) have one sorting key: merges keep
-- one of them, and SELECT … FINAL shows one before that.
CREATE TABLE IF NOT EXISTS frontdesk_access
(
    time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    digest FixedString(32),
    id String,
    trace FixedString(32),
    method LowCardinality(String),
    url String,
    host LowCardinality(String),
    client String,
    user String,
    consumer LowCardinality(String),
    plan LowCardinality(String),
    route LowCardinality(String),
    kind LowCardinality(String),
    status UInt16,
    ms Float64,
    requestBytes UInt64,
    responseBytes UInt64,
    outcome LowCardinality(String),
    error LowCardinality(String),
    detail String,
    sample Float64 DEFAULT 1,
    requestHeaders Map(String, String),
    replyHeaders Map(String, String),
    claims Map(String, String),
    upstream Array(Tuple(
        name String,
        endpoint Nullable(String),
        label Nullable(String),
        attempt UInt16,
        hedge Nullable(Bool),
        start Float64,
        head Nullable(Float64),
        end Nullable(Float64),
        status Nullable(UInt16),
        outcome Nullable(String),
        bytes UInt64)),
    upstreamOmitted UInt32
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (route, toStartOfHour(time), time, digest)
TTL toDateTime(time) + INTERVAL 30 DAY;

CREATE TABLE IF NOT EXISTS frontdesk_events
(
    time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    digest FixedString(32),
    level LowCardinality(String),
    message String,
    line String
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (level, time, digest)
TTL toDateTime(time) + INTERVAL 30 DAY;
