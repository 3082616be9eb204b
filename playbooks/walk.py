"""The way through a playbook: which step comes after which (pure)."""

from playbooks.playbook import CONTINUE, STOP, Playbook, Step


def first(book: Playbook) -> str:
    """Where a run begins."""
    return book.steps[0].id


def at(book: Playbook, id_: str) -> Step:
    """This step. KeyError when the playbook has none of this name."""
    for step in book.steps:
        if step.id == id_:
            return step
    raise KeyError(id_)


def after(book: Playbook, id_: str, *, failed: bool) -> str | None:
    """The step that follows in the order of the file; after a failure the one that `on_fail` names,
    which always stands further down. None when the run ends here. (A step that is only for
    failures says so by its `if`.)
    """
    step = at(book, id_)
    if failed and step.on_fail == STOP:
        return None
    if failed and step.on_fail != CONTINUE:
        return step.on_fail
    ids = [one.id for one in book.steps]
    later = ids[ids.index(id_) + 1 :]
    return later[0] if later else None
