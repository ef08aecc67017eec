"""Records of arrays with one row per image."""

from dataclasses import fields


class Rows:
    """Mixin for frozen dataclasses whose every field has N rows: an array or another record."""

    def take(self, rows):
        """The same kind of record for some rows (slice, mask or positions)."""
        pick = {f.name: getattr(self, f.name) for f in fields(self)}
        return type(self)(**{k: v.take(rows) if isinstance(v, Rows) else v[rows] for k, v in pick.items()})
