"""A night from 03:10 to the manager's page: whom it calls, by what, and at which second."""

from pathlib import Path

from tests.real.smtp import Mailbox
from tests.stories.voices import voice_night

HABITS = {
    "sms bob": ["delivered", "undelivered", "delivered"],
    "call bob": ["busy"],
    "call carl": ["voicemail", "no-answer"],
    "sms dora": ["delivered"],
}
UNPAGED = "responder_unpaged_critical_incidents"


async def test_from_the_first_sms_to_the_managers_page(tmp_path: Path, mailbox: Mailbox) -> None:
    """Bob is on call, carl comes next, dora is the manager."""
    async with voice_night(tmp_path, mailbox, habits=HABITS) as friday:
        await friday.hears("web1")
        assert friday.went_out() == ["03:10:00 sms bob"]
        await friday.passes(minutes=10, seconds=55)
        assert friday.went_out() == [
            "03:13:00 sms bob",  # it was delivered, and he sleeps
            "03:13:05 call bob",  # his telephone took no SMS this time
            "03:13:10 ntfy bob",  # nor a call: the line is busy
            "03:16:00 call carl",  # who comes next; a voicemail picks up, which is no answer
        ]
        assert await friday.taken_by() == ""
        await friday.passes(minutes=1)
        assert friday.went_out() == [
            "03:21:00 call carl",
            "03:21:00 ntfy ana",
            "03:21:00 sms bob",
            "03:21:00 sms dora",
            "03:21:00 trigger eve",
            "03:21:05 mail carl",  # nobody picked up
        ]
        [page] = friday.out.texts("dora")
        assert "CRITICAL: web1 does not answer" in page.words
        assert f"{friday.stage.url}/a/" in page.words
        await friday.passes(minutes=4)
        assert friday.went_out() == []
        assert await friday.metric(UNPAGED) == 0
        assert [one for one in await friday.story() if one.startswith("paged")] == [
            "paged bob (step 1)",
            "paged bob (step 2)",
            "paged carl (step 3)",
            "paged bob, carl, ana, eve, dora (step 4)",
        ]


async def test_each_attempt_stands_in_the_ledger_with_what_became_of_it(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with voice_night(tmp_path, mailbox, habits=HABITS) as friday:
        await friday.hears("web1")
        await friday.passes(minutes=7)
        told = await friday.incident()
        assert [
            (one["step"], one["person"], one["method"], one["state"], *_fates(one))
            for one in told["pages"]
        ] == [
            (1, "bob", "sms", "delivered", "accepted", "reached"),
            (2, "bob", "sms", "failed", "accepted", "missed"),
            (2, "bob", "voice", "failed", "accepted", "missed"),
            (2, "bob", "ntfy", "delivered", "accepted"),
            (3, "carl", "voice", "delivered", "accepted", "reached"),
        ]


def _fates(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["outcome"] for one in page["tries"]]
