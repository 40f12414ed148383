"""Fields of an import, each found among a table's columns: by --column, by its own name, or by a common synonym. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note, SourceProblem
from reid.importing.tables.synonyms import SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.importing.tables.table import Table

BOX: Final = ("x", "y", "width", "height")

NO_SUCH_FIELD: Final = (
    "--column {field}={heading}: there is no field {field!r}; use one of {known}."
)
NO_SUCH_COLUMN: Final = "--column {field}={heading}: {source} has no such column; it has {columns}."
NO_PATH_COLUMN: Final = (
    "{source} has no column named path: the first line must name the columns, and it names {columns}. "
    "Name the column of the photographs by --column path=HEADING."
)
DEPLOYMENTS: Final = (
    "{source} is a table of deployments, of where cameras stood: import it by import_deployments."
)
_OF_DEPLOYMENTS: Final = (
    "started on", "deployment start", "setup date", "start date", "ended on", "deployment end", "retrieval date",
    "end date",
)  # fmt: skip
WHICH_PATH: Final = (
    "{source} has {columns}: say which one names the photographs, by --column path=HEADING."
)
UNCLEAR: Final = "column not read"
WHICH_COLUMN: Final = "{source}: {columns} may each be the {field}; none is read: name one by --column {field}=HEADING"
_SHOWN_COLUMNS: Final = 30


def columns_text(columns: tuple[str, ...]) -> str:
    """The headings for a message, long lists cut."""
    text = ", ".join(columns[:_SHOWN_COLUMNS]) or "none"
    return (
        f"{text} and {len(columns) - _SHOWN_COLUMNS} more"
        if len(columns) > _SHOWN_COLUMNS
        else text
    )


def find_fields(
    table: Table, given: Mapping[str, str], fixed: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[Note]]:
    """Column by field, and what is unclear. `fixed`: headings that a format has for fields, where there are such.

    An empty heading in `given` says that no column is of that field, whatever the headings are. Raises SourceProblem for what is given and not there, and without a path.
    """
    columns: dict[str, str] = {}
    notes: list[Note] = []
    for name, heading in given.items():
        if name not in SYNONYMS:
            known = ", ".join(SYNONYMS)
            raise SourceProblem(NO_SUCH_FIELD.format(field=name, heading=heading, known=known))
        if not heading:
            continue
        column = table.find(heading)
        if not column:
            raise SourceProblem(
                NO_SUCH_COLUMN.format(
                    field=name,
                    heading=heading,
                    source=table.name,
                    columns=columns_text(table.columns),
                )
            )
        columns[name] = column
    for name, heading in (fixed or {}).items():
        if name not in (*columns, *given) and (column := table.find(heading)):
            columns[name] = column
    for name, synonyms in SYNONYMS.items():
        if name in columns or name in given:
            continue
        if own := table.find(name):
            candidates = [own]
        else:
            by_synonym = (table.find(synonym) for synonym in synonyms)
            taken = set(columns.values())
            candidates = list(dict.fromkeys(c for c in by_synonym if c and c not in taken))
        if len(candidates) == 1:
            columns[name] = candidates[0]
        elif candidates:
            names = " and ".join(candidates)
            if name == "path":
                raise SourceProblem(WHICH_PATH.format(source=table.name, columns=names))
            text = WHICH_COLUMN.format(source=table.name, columns=names, field=name)
            notes.append(Note(UNCLEAR, text))
    if "path" not in columns:
        if table.find(*_OF_DEPLOYMENTS):
            raise SourceProblem(DEPLOYMENTS.format(source=table.name))
        text = columns_text(table.columns)
        raise SourceProblem(NO_PATH_COLUMN.format(source=table.name, columns=text))
    if not {"x", "y"} & columns.keys():  # of the photograph, not of a box
        columns.pop("width", None)
        columns.pop("height", None)
    return columns, notes
