"""The deployment's configuration and the run's parameters."""

from __future__ import annotations

from decimal import Decimal

from ._errors import ConfigProblem
from ._exact import exact_value
from ._reader import Reader, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date as Day
    from typing import Any, Dict, Iterator, List, Tuple

    from ._exact import Exact
    from ._money import Money

    Text, Whole, Truth = str, int, bool  # inside `Config` these names mean the readers


class Setting(Reader):
    """One value of the configuration, with its JSON pointer."""

    __slots__ = ("_held", "_kind", "_pointer")

    def __init__(self, held: Any, kind: str, pointer: str) -> None:
        self._held = held
        self._kind = kind
        self._pointer = pointer

    def _value(self) -> Any:
        if isinstance(self._held, (dict, list)):
            self._refuse("this is not a single value")
        return self._held

    @property
    def where(self) -> str:
        return f"{'configuration' if self._kind == 'config' else 'parameter'} {self._pointer}"

    def _refuse(self, what: str) -> Any:
        raise ConfigProblem(f"{self.where}: {what}")

    def _source(self, value: Any) -> Dict[str, Any]:
        return {"kind": self._kind, "locator": self._pointer, "value": value_text(value)}


class Config:
    """A mapping of the configuration.

    `config.name` and `config["name"]` give plain Python values: text, `int`, `bool`, lists, and `Config` for a
    mapping; a number with decimals gives an `Exact`. `config.decimal("fee.rate")`, `.money("fee.cap", "GBP")`,
    `.date(…)`, `.int(…)`, `.str(…)`, `.bool(…)` and `.account(…)` read a value as what it should be, by dotted path;
    numbers read so know where they came from.
    """

    __slots__ = ("_members", "_kind", "_pointer")

    def __init__(self, members: Dict[Text, Any], kind: Text = "config", pointer: Text = "") -> None:
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_pointer", pointer)

    def __setattr__(self, name: Text, value: Any) -> None:
        raise ConfigProblem("the configuration is not changed by the runbook")

    # Plain access

    def __getitem__(self, name: Text) -> Any:
        if name not in self._members:
            raise ConfigProblem(self._missing(name))
        return self._plain(self._members[name], self._below(name))

    def __getattr__(self, name: Text) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._members:
            raise AttributeError(self._missing(name))
        return self._plain(self._members[name], self._below(name))

    def get(self, name: Text, default: Any = None) -> Any:
        """The plain value, or `default` where there is none."""
        return self[name] if name in self._members else default

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[Text]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def keys(self) -> List[Text]:
        return list(self._members)

    def items(self) -> List[Tuple[Text, Any]]:
        return [(name, self[name]) for name in self._members]

    def _below(self, name: Text) -> Text:
        return f"{self._pointer}/{name.replace('~', '~0').replace('/', '~1')}" if self._kind == "config" else name

    def _plain(self, value: Any, pointer: Text) -> Any:
        if isinstance(value, dict):
            return Config(value, self._kind, pointer)
        if isinstance(value, list):
            return [self._plain(item, f"{pointer}/{at}") for at, item in enumerate(value)]
        if isinstance(value, Decimal):
            return exact_value(value, ("source", Setting(value, self._kind, pointer), value))
        return value

    def _missing(self, name: Text) -> Text:
        what = "configuration" if self._kind == "config" else "run"
        known = ", ".join(self._members) or "nothing"
        kind = "value" if self._kind == "config" else "parameter"
        return f"the {what}{' at ' + self._pointer if self._pointer else ''} has no {kind} “{name}”: it has {known}"

    # Reading by dotted path

    def setting(self, path: Text) -> Setting:
        """The value at a dotted path, such as `management_fee.rate` or `bands.0.limit`."""
        if self._kind != "config":
            if path not in self._members:
                raise ConfigProblem(self._missing(path))
            return Setting(self._members[path], self._kind, path)
        node: Any = self._members
        pointer = self._pointer
        for part in path.split("."):
            if isinstance(node, dict) and part in node:
                node = node[part]
            elif isinstance(node, list) and part.isascii() and part.isdigit() and int(part) < len(node):
                node = node[int(part)]
            else:
                raise ConfigProblem(f"the configuration has no {path}: “{part}” is missing at {pointer or '/'}")
            pointer += "/" + part.replace("~", "~0").replace("/", "~1")
        return Setting(node, self._kind, pointer)

    def decimal(self, path: Text) -> Exact:
        """An exact number; write it in quotes: `rate: "0.0125"`."""
        return self.setting(path).decimal()

    def money(self, path: Text, currency: Text) -> Money:
        """An amount; write it in quotes: `cap: "250000.00"`."""
        return self.setting(path).money(currency)

    def date(self, path: Text) -> Day:
        """A date."""
        return self.setting(path).date()

    def int(self, path: Text) -> Whole:
        """A whole number, plain."""
        return self.setting(path).int()

    def str(self, path: Text) -> Text:
        """A text."""
        return self.setting(path).str()

    def bool(self, path: Text) -> Truth:
        """A truth value."""
        return self.setting(path).bool()

    def account(self, path: Text) -> Text:
        """The code of an account of the entity's chart."""
        from ._context import current

        setting = self.setting(path)
        code = setting.str()
        if code not in current().account_names:
            raise ConfigProblem(f"{setting.where}: account {code} is not in the chart of the entity")
        return code

    def __repr__(self) -> Text:
        return f"Config({', '.join(self._members)})"

