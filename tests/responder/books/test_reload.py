"""Does a daemon go on with the playbooks that it has while a file of them can't be used?"""

from pathlib import Path

from tests.responder.books.shelf import BOOK
from tests.stories.stage import Stage, begin, write_config

WAIT = "  - {id: rest, uses: wait, with: {for: 1s}}\n"


def versions(stage: Stage) -> dict[str, int]:
    """What may be run now, each with its edition."""
    books = stage.daemon.world.live.plan.books
    return {book.name: book.playbook.version for book in books}


async def test_a_broken_playbook_leaves_the_old_ones_in_force(tmp_path: Path) -> None:
    file = write_config(tmp_path, smtp=25)
    file.write_text(f"{file.read_text()}\nplaybooks: {{files: book.yaml}}\n")
    book = tmp_path / "book.yaml"
    book.write_text(BOOK + WAIT)
    stage = await begin(file)
    try:
        assert versions(stage) == {"mine": 1}
        book.write_text(f"version: 2\n{BOOK}  - {{id: a, uses: nothing}}\n")
        status, told = await stage.ask("POST", "/-/reload")
        assert (status, "book.yaml:5:19" in str(told)) == (500, True)
        assert versions(stage) == {"mine": 1}
        book.write_text(f"version: 2\n{BOOK}{WAIT}")
        assert (await stage.ask("POST", "/-/reload"))[0] == 200
        assert versions(stage) == {"mine": 2}
    finally:
        await stage.daemon.end()
