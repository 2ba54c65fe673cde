"""Reading of an IATI file: one pass at constant memory, in which each activity is kept or left out and why is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from secgraph.records.iati import Activity, Fault, LeftOut, OrganisationFile
from secgraph.sources.iati import structure
from secgraph.sources.iati.activities import activity, identifier_of, transactions_of
from secgraph.sources.iati.faults import RULES, Faults, of_file
from secgraph.sources.iati.fields import Scene
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.opening import Limits, UnreadableError
from secgraph.sources.iati.organisations import organisation
from secgraph.sources.iati.parsing import ITEMS, Parsed, Root
from secgraph.sources.iati.seen import Seen
from secgraph.sources.iati.versions import ASSUMED, SUPPORTED, old, supported

Item = Activity | OrganisationFile | Fault | LeftOut

_PARENT: Final = "1"
_CHILD: Final = "2"


class Filter(Protocol):
    """What decides whether an activity belongs."""

    def reason(self, activity: Activity) -> str:
        """Return '' for an activity that belongs, else the sentence why it does not."""


def read_file(
    path: Path, *, part: tuple[int, int] = (0, 1), scope: Filter | None = None, limits: Limits | None = None
) -> Iterator[Item]:
    """Yield what an IATI file says and what is wrong in it, in the order of the file.

    Each activity or organisation comes once, as a record or as what was left out; its faults come before it. A fault
    without an element is one of the whole file: after an error of that kind nothing more comes, and what came before
    must not be used alone.

    Args:
        path: the file; gzip is told by its first bytes.
        part: with (k, n) every n-th item is read, from the k-th (from 0): n processes that read all parts yield
            together what one yields with (0, 1), faults included. The file's own faults come with part 0.
        scope: which activities belong; all do where it is not given.
        limits: how much is read before the file is refused.
    """
    reader = _Reader(path, part, scope, limits or Limits())
    try:
        yield from reader.items()
    except UnreadableError as error:
        if reader.first:
            yield reader.placed(error.fault)
    finally:
        reader.seen.close()


class _Reader:
    """The reading of one file."""

    def __init__(self, path: Path, part: tuple[int, int], scope: Filter | None, limits: Limits) -> None:
        self._path = path
        self._mine, self._of = part
        self._scope = scope
        self._limits = limits
        self._last = ""
        self.first = self._mine == 0
        self.seen = Seen()

    def placed(self, fault: Fault) -> Fault:
        """Return a fault of the file with the activity after which it came."""
        if not self._last:
            return fault
        return fault._replace(message=f"{fault.message} (after {self._last})")

    def items(self) -> Iterator[Item]:
        """Yield everything, raising where the file cannot be read further."""
        parsed = Parsed(self._path, self._limits)
        root = parsed.root
        stated = root.attributes.get("version", "").strip()
        version = supported(stated)
        stops = False
        if stated or root.tag == "iati-organisations":
            faults = self._root_faults(root, stated, version)
            stops = bool(faults)
            yield from faults
        activities = root.tag == "iati-activities"
        count = 0
        for element in [] if stops else parsed.items():
            if not version:
                fault = _assumed(root, element)
                if self.first:
                    yield fault
                if fault.stops:
                    return
                version = ASSUMED
            name = "iati-identifier" if activities else "organisation-identifier"
            identifier = identifier_of(element, name)
            line = line_of(element)
            before = self.seen.first_line(identifier, line) if identifier else 0
            if self.first and activities and not before:
                self._remember_parts(element, identifier)
            if count % self._of == self._mine:
                yield from self._item(element, identifier, line, before, version, activities)
            count += 1
            self._last = identifier or self._last
        if stops:
            return
        if self.first:
            yield from self._at_end(parsed, version, count)

    def _root_faults(self, root: Root, stated: str, version: str) -> list[Fault]:
        if not self.first:
            return []
        if not version:
            said = f"the version {stated!r} is not known" if stated else "the file states no version"
            hint = f"the versions that can be read are {', '.join(SUPPORTED)}"
            return [of_file("iati-version", said, line=root.line, value=stated, hint=hint)]
        return structure.check_root(root.tag, root.attributes, stated, root.line)

    def _remember_parts(self, element: Any, identifier: str) -> None:
        for related in element.iterchildren("related-activity"):
            kind, ref = (related.get("type") or "").strip(), (related.get("ref") or "").strip()
            if ref and kind == _PARENT:
                self.seen.is_part(identifier, ref, line_of(related))
            elif ref and kind == _CHILD:
                self.seen.is_part(ref, identifier, line_of(related))

    def _item(
        self, element: Any, identifier: str, line: int, before: int, file_version: str, activities: bool
    ) -> Iterator[Item]:
        faults = Faults(identifier)
        version = file_version
        if activities:
            own = (element.get("version") or "").strip() if old(version) else ""
            version = supported(own) or version
            broken = structure.check_activity(element, version)
        else:
            broken = structure.check_organisation(element, version)
        if not old(file_version):
            broken = structure.check_before(element) + broken
        record: Activity | OrganisationFile | None = None
        if broken:
            faults.take(broken)
        else:
            scene = Scene(version, faults, "7.8.1" if activities else "7.8.2")
            record = activity(element, identifier, scene) if activities else organisation(element, identifier, scene)
        place = "iati-identifier" if activities else "organisation-identifier"
        if before:
            message = f"this identifier stands at line {before} already: the first one is kept"
            faults.add("iati-duplicate", line, place, identifier, message, "give each activity its own identifier")
        found = faults.all()
        yield from found
        wrong = next((fault for fault in found if fault.stops), None)
        count = transactions_of(element) if activities and (before or wrong) else 0
        if before:
            yield LeftOut("duplicate", f"the identifier stands at line {before} already", identifier, line, count)
        elif wrong or record is None:
            reason = f"{wrong.rule}: {wrong.message}" if wrong else ""
            yield LeftOut("fault", reason, identifier, line, count)
        elif self._scope and isinstance(record, Activity) and (reason := self._scope.reason(record)):
            yield LeftOut("scope", reason, identifier, line, len(record.transactions))
        else:
            yield record

    def _at_end(self, parsed: Parsed, version: str, count: int) -> Iterator[Fault]:
        if not version:
            yield _assumed(parsed.root, None)
            return
        if not old(version):
            yield from structure.check_end(parsed.end, count)
        elif parsed.nested:
            message = "this stands within another element, where it is not read"
            hint = "put it below the outermost element"
            item = ITEMS[parsed.root.tag]
            yield Fault("iati-structure", RULES["iati-structure"][0], parsed.nested, item, "", "", message, hint)
        for line, circle in self.seen.circles():
            way = " -> ".join([*circle, circle[0]])
            message = f"these are parts of one another in a circle: {way[:400]}"
            hint = "see which of them is the parent"
            yield Fault(
                "iati-circle",
                RULES["iati-circle"][0],
                line,
                "related-activity/@ref",
                circle[0],
                circle[0],
                message,
                hint,
            )


def _assumed(root: Root, element: Any) -> Fault:
    """Return what is said of a file without a version: assumed for 1.x, an error where 2.x is written or nothing is."""
    if element is None or next(element.iter("narrative"), None) is not None:
        message = "the file states no version" + ("" if element is None else ", which 2.x requires")
        hint = f"the versions that can be read are {', '.join(SUPPORTED)}"
        return of_file("iati-version", message, line=root.line, hint=hint)
    message = f"the file states no version: it is read as {ASSUMED}"
    return of_file("iati-version-assumed", message, line=root.line, hint="see that the sums are what is meant")
