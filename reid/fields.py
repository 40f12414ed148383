"""Database fields of our own, and a lookup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.lookups import StartsWith

from reid.naming import name_key

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler
    from numpy.typing import NDArray

_STORED = np.dtype("<f4")  # little-endian float32, whatever the machine


class VectorField(models.BinaryField[Any, Any]):
    """A float32 vector or matrix row kept as little-endian bytes; reads back as a read-only array (d,).

    Raises ValidationError on writing what holds NaN or infinity, or is not one-dimensional.
    """

    def get_prep_value(self, value: Any) -> bytes | None:
        if value is None or isinstance(value, bytes):
            return value
        vector = np.asarray(value, dtype=np.float32)
        if vector.ndim != 1 or vector.size == 0:
            raise ValidationError(f"a vector has one dimension and a length, not {vector.shape}")
        if not np.isfinite(vector).all():
            raise ValidationError("a vector may not hold NaN or infinity")
        self.check_vector(vector)
        return vector.astype(_STORED).tobytes()

    def check_vector(self, vector: NDArray[np.float32]) -> None:
        """Hook for stricter fields."""

    def from_db_value(self, value: Any, *_: object) -> NDArray[np.float32] | None:
        return None if value is None else np.frombuffer(value, dtype=_STORED)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return (
            super().value_to_string(obj)
            if value is None
            else bytes(self.get_prep_value(value) or b"").hex()
        )


class EmbeddingField(VectorField):
    """A unit vector: the norm is 1 within 1e-3, since every score is a cosine taken as a dot product."""

    def check_vector(self, vector: NDArray[np.float32]) -> None:
        norm = float(np.linalg.norm(vector))
        if abs(norm - 1.0) > 1e-3:
            raise ValidationError(f"an embedding has norm 1, not {norm:.4f}")


class NameKeyField(models.CharField[str, str]):
    """The key of another field's name (`reid.naming.name_key`), kept by every save and bulk_create.

    Unique where the name is: two spellings of one name are one name.
    """

    def __init__(self, *args: Any, source: str = "name", **kwargs: Any) -> None:
        self.source = source
        super().__init__(*args, **{"editable": False, "max_length": 200} | kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = name_key(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, key)
        return key


@models.CharField.register_lookup
class Below(StartsWith):
    """Lookup `path__below="folder"`: paths in a folder and in its folders, found by the index of the paths.

    What `startswith` is on PostgreSQL. SQLite's has no regard to case, and reads every row for it.
    """

    lookup_name = "below"

    def get_prep_lookup(self) -> str:
        return f"{self.rhs}/"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        column, params = self.process_lhs(compiler, connection)
        literal = re.sub(r"([*?[])", r"[\1]", self.rhs)
        return f"{column} GLOB %s", (*params, f"{literal}*")
