"""The port `SeriesStore` over the readings that `FakeReadingStore` holds."""

from chalicelib.domain.chunks import Chunk
from chalicelib.domain.errors import GonioError
from chalicelib.domain.readings import BucketRollup, LastValue, Reading, Readings, SeriesKey, TimeSpan
from chalicelib.domain.rollups import Resolution
from chalicelib.domain.sessions import DeviceKey
from tests.fakes.reading_store import FakeReadingStore


class FakeSeriesStore:
    """Values of a fake database; raises `error` while it is set."""

    def __init__(self, store: FakeReadingStore) -> None:
        self._store = store
        self.registered: set[tuple[str, str]] = set()
        self.error: GonioError | None = None

    def knows_device(self, tenant_id: str, device_id: str) -> bool:
        """See the port."""
        self._fail()
        return (tenant_id, device_id) in self.registered or DeviceKey(tenant_id, device_id) in self._store.rows.contacts

    def readings(self, series: SeriesKey, span: TimeSpan, limit: int) -> Readings:
        """See the port."""
        self._fail()
        values = [it for it in self._values(series) if span.start_ms <= it.measured_at_ms < span.end_ms]
        shown, next_ms = values[:limit], values[limit].measured_at_ms if len(values) > limit else None
        return Readings([it.measured_at_ms for it in shown], [it.value for it in shown], next_ms)

    def rollups(self, series: SeriesKey, resolution: Resolution, span: TimeSpan) -> list[BucketRollup]:
        """See the port."""
        self._fail()
        every = sorted((it.start_ms, rollup) for it, rollup in self._store.rows.rollups[resolution].items() if it[:3] == series)
        return [BucketRollup(start_ms, rollup) for start_ms, rollup in every if span.start_ms <= start_ms < span.end_ms]

    def unit(self, series: SeriesKey, before_ms: int) -> str | None:
        """See the port."""
        self._fail()
        earlier = [it for it in self._chunks(series) if it.bucket.start_ms < before_ms]
        return max(earlier, key=lambda it: it.last_ms).unit if earlier else None

    def last_values(self, tenant_id: str, device_id: str) -> list[LastValue]:
        """See the port."""
        self._fail()
        metrics = {it.bucket.metric for it in self._store.rows.chunks.values() if it.bucket[:2] == (tenant_id, device_id)}
        return [self._last(SeriesKey(tenant_id, device_id, metric)) for metric in sorted(metrics)]

    def _last(self, series: SeriesKey) -> LastValue:
        last = self._values(series)[-1]
        unit = next(
            it.unit for it in self._chunks(series) if (last.measured_at_ms, last.value) in zip(it.instants(), it.values, strict=True)
        )
        return LastValue(series.metric, unit, last)

    def _values(self, series: SeriesKey) -> list[Reading]:
        pairs = ((at, it) for chunk in self._chunks(series) for at, it in zip(chunk.instants(), chunk.values, strict=True))
        return sorted(Reading(at, it) for at, it in pairs if it is not None)

    def _chunks(self, series: SeriesKey) -> list[Chunk]:
        return [it for it in self._store.rows.chunks.values() if it.bucket[:3] == series]

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
