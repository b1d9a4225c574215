"""The shelf: sealed releases, `<trial>/<version>/...`, in any store.

`release.json` is written last, after everything it names is durable: a release is there once it is. What a
killed run left behind has no seal, is listed by nobody, and is completed or replaced by the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from guideit.errors import Refused, SealBroken, UsageError
from guideit.storage.stores import Store
from guideit.trial.release import Release, release_from_json

SEAL = "release.json"


class Shelf:
    """Sealed releases in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def seal(self, release: Release, sources: Mapping[str, Path]) -> None:
        """Put every object on the shelf, then the seal.

        Objects the previous version holds with the same digest are not written again: they get a second key.

        Args:
            release: What is sealed; `sources` has the file of each of its objects by path.

        Raises:
            Refused: This version is sealed already with other content.
        """
        if self.sealed(release.id):
            if self.read(release.id).root != release.root:
                raise Refused(
                    f"{release.id} is sealed already, with other content",
                    do="a sealed release never changes: give the new one a new version",
                )
            return
        before = self._objects_of(release.trial, release.previous)
        self._drop_strangers(release)
        for item in release.objects:
            key, same = f"{release.id}/{item.path}", before.get(item.sha256)
            if same:
                self.store.copy(same, key)
            else:
                self.store.put_file(key, sources[item.path])
        self.store.flush()
        self.store.put_bytes(f"{release.id}/{SEAL}", release.to_json().encode())
        self.store.flush()

    def sealed(self, id: str) -> bool:
        """Whether there is a sealed release `trial/version`."""
        return self.store.exists(f"{id}/{SEAL}")

    def read(self, id: str) -> Release:
        """A sealed release.

        Raises:
            UsageError: There is none of this id.
            SealBroken: Its seal cannot be read.
        """
        if not self.sealed(id):
            known = ", ".join(self.releases()) or "none yet"
            raise UsageError(f"no such release: {id}", why=f"on the shelf: {known}")
        try:
            return release_from_json(self.store.get(f"{id}/{SEAL}"))
        except (ValueError, KeyError) as wrong:
            raise SealBroken("the seal cannot be read", where=f"{id}/{SEAL}") from wrong

    def releases(self, trial: str = "") -> list[str]:
        """Ids of sealed releases, sorted."""
        prefix = f"{trial}/" if trial else ""
        found = (key.removesuffix(f"/{SEAL}") for key in self.store.keys(prefix) if key.endswith(f"/{SEAL}"))
        return sorted(id for id in found if id.count("/") == 1)

    def keys(self, id: str) -> Iterator[str]:
        """Paths of everything that lies in a release's folder, sorted, the seal too."""
        for key in self.store.keys(f"{id}/"):
            yield key.removeprefix(f"{id}/")

    def _objects_of(self, trial: str, version: str | None) -> dict[str, str]:
        """Digest -> key of each object of a release; none where there is no such release."""
        id = f"{trial}/{version}"
        if version is None or not self.sealed(id):
            return {}
        return {item.sha256: f"{id}/{item.path}" for item in self.read(id).objects}

    def _drop_strangers(self, release: Release) -> None:
        """Remove what a killed run with other inputs left in this version's folder."""
        wanted = {item.path for item in release.objects}
        for path in list(self.keys(release.id)):
            if path not in wanted:
                self.store.delete(f"{release.id}/{path}")
