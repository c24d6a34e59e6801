"""Reader: raw values become typed settings; one that does not fit is a fault, and reading goes on."""

from typing import Any

from msgspec import inspect

from streams.settings import scalars, secret_value
from streams.settings.codes import ConfigCode
from streams.settings.fault import Fault, nearest
from streams.settings.kinds import is_secret, is_url
from streams.settings.located import Path
from streams.settings.model import Settings
from streams.settings.scalars import Refused
from streams.settings.source import Source, dotted
from streams.settings.variables import unknown_variable


class Absent:
    """Stands for a value that was refused or not given: the default takes its place."""


ABSENT = Absent()


class Reader:
    """Reads one source by the model's types.

    `refused` holds the paths of the values with a fault, `positions` which items of each list were taken.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self.refused: set[Path] = set()
        self.positions: dict[Path, list[int]] = {}

    def settings(self) -> Settings:
        """The settings; where a value was refused, its default."""
        kind = inspect.type_info(Settings)
        assert isinstance(kind, inspect.StructType)
        settings: Settings = self._struct(kind, self.source.tree, ())
        return settings

    def _refuse(self, path: Path, refused: Refused) -> Absent:
        message = f'"{dotted(path)}" {refused.message}'
        self.refused.add(path)
        self.faults.append(self.source.fault(path, message, refused.code))
        return ABSENT

    def _value(self, kind: inspect.Type, raw: Any, path: Path) -> Any:
        try:
            match kind:
                case inspect.UnionType(types=options):
                    inner = next(option for option in options if not isinstance(option, inspect.NoneType))
                    return self._value(inner, raw, path)
                case inspect.Metadata(type=inner):
                    return scalars.url(raw) if is_url(kind) else self._value(inner, raw, path)
                case inspect.StructType():
                    return self._struct(kind, scalars.table(raw), path)
                case inspect.DictType(value_type=inner):
                    return self._map(inner, scalars.table(raw), path)
                case inspect.VarTupleType(item_type=inner):
                    return self._list(inner, scalars.items(raw), path)
                case _:
                    return scalars.scalar(kind, raw, self.source.folder)
        except Refused as refused:
            return self._refuse(path, refused)

    def _map(self, inner: inspect.Type, raw: dict[str, Any], path: Path) -> dict[str, Any]:
        read = {key: self._value(inner, value, (*path, key)) for key, value in raw.items()}
        return {key: value for key, value in read.items() if value is not ABSENT}

    def _list(self, inner: inspect.Type, raw: list[Any], path: Path) -> tuple[Any, ...]:
        read = [self._value(inner, value, (*path, index)) for index, value in enumerate(raw)]
        self.positions[path] = [index for index, value in enumerate(read) if value is not ABSENT]
        return tuple(value for value in read if value is not ABSENT)

    def _struct(self, kind: inspect.StructType, raw: dict[str, Any], path: Path) -> Any:
        fields = {field.name: field for field in kind.fields}
        files = {f"{name}_file" for name, field in fields.items() if is_secret(field.type)}
        self._unknown(raw, [*fields, *sorted(files)], path)
        values: dict[str, Any] = {}
        for name, field in fields.items():
            value = self._field(field, raw, path)
            if value is not ABSENT:
                values[name] = value
            elif field.required and name not in raw:
                self.refused.add((*path, name))
                self.faults.append(self.source.fault(path, f'"{name}" is missing here', ConfigCode.MISSING))
        if any(field.required and field.name not in values for field in kind.fields):
            return ABSENT
        return kind.cls(**values)

    def _field(self, field: inspect.Field, raw: dict[str, Any], path: Path) -> Any:
        if is_secret(field.type):
            return self._secret(field.name, raw, path)
        if field.name not in raw:
            return ABSENT
        return self._value(field.type, raw[field.name], (*path, field.name))

    def _secret(self, name: str, raw: dict[str, Any], path: Path) -> Any:
        key = name
        try:
            key = secret_value.chosen(raw, name) or ""
            if not key:
                return ABSENT
            if key == name:
                return secret_value.direct(raw[key])
            file = scalars.path(raw[key], self.source.folder)
            return secret_value.from_file(file)
        except Refused as refused:
            return self._refuse((*path, key), refused)

    def _unknown(self, raw: dict[str, Any], known: list[str], path: Path) -> None:
        for key in (key for key in raw if key not in known):
            inner = (*path, key)
            names = self.source.variables_below(inner)
            if names and self.source.located.keys.get(inner) is None:
                self.faults += [unknown_variable(name) for name in names]
                continue
            where = f"in [{dotted(path)}]" if path else "at the top"
            hint = nearest(key, known) or f": known are {', '.join(known)}"
            message = f'unknown key "{key}" {where}{hint}'
            self.faults.append(self.source.fault(inner, message, ConfigCode.UNKNOWN_KEY, at_key=True))
