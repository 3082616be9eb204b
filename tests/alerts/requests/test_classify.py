"""What makes the same words critical, and what does not (R14-R17, R78, R79, R86)?"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model import Category, Priority
from alerts.requests.classify import classify
from alerts.requests.model import Decision, RequestText
from responder.desk.rules_file import request_rules


def said(body: str, subject: str = "") -> Decision:
    return classify(RequestText(subject, body), request_rules())


@pytest.mark.parametrize(
    "body",
    [
        "DOWN!!!",
        "still offline!!!",
        "my site is down",
        "My website. It doesn't open since this morning.",
        "Our server does not respond, we are losing orders every minute",
        "The site has been down since your update",
        "I paid the invoice, although the site is still suspended",
        "saita mi ne raboti",
        "Wenn ich die Seite öffne, kommt Fehler 503",
        "503 Service Unavailable, seit einer Stunde, auf example.com",
        "Could you tell me why our website is not reachable?",
        "Is the server down?",
    ],
)
def test_r17_plain_words_of_an_outage_are_critical(body: str) -> None:
    decision = said(body)
    assert decision.critical, decision
    assert decision.queue == "rapid-response"
    assert decision.priority is Priority.CRITICAL
    assert decision.certain


@pytest.mark.parametrize(
    "body",
    [
        "The site is not down, it is only slow.",
        "What happens if my site goes down?",
        "I lost my password, how do I reset it?",
        "Please slow down the newsletter, scroll down to the end",
        "Mails to one customer bounce.",
        "My site is down only for me, it works on my mobile phone and for others.",
        "The contact form on my website does not work.",
        "The backup of tonight is missing.",
        "Can you guarantee no downtime?",
        "Our staging site is down.",
    ],
)
def test_words_that_only_sound_like_an_outage_are_not(body: str) -> None:
    assert not said(body).critical, said(body)


def test_a_late_backup_is_high_and_no_data_loss() -> None:
    assert said("The nightly backup is missing since Monday").priority is Priority.HIGH


def test_r15_an_outage_that_is_over_and_to_be_paid_for_is_billing() -> None:
    decision = said("Our site was down for three hours last Monday. We want a refund.")
    assert (decision.category, decision.queue) == (Category.BILLING, "sales-billing")
    assert decision.rule == "billing/past-outage"


def test_an_own_cause_goes_to_the_desk_that_mends_it_unless_it_is_disputed() -> None:
    assert said("My domain expired, I forgot to renew. Site is down.").category == "billing"
    assert said("The site is down although the domain is renewed until 2030").critical
    mine = said("I deleted the database by mistake, please restore it")
    assert (mine.category, mine.queue) == (Category.HOSTING, "level-2")
    assert said("The database is gone, I did not delete anything").critical


def test_outage_words_in_history_signature_and_old_subject_do_not_count() -> None:
    assert not said(
        "Please send the invoice.\n\nOn Monday, Ana wrote:\n> our site is down"
    ).critical
    assert not said("Please send the invoice.\n\n-- \nDown & Out Ltd, our site is down").critical
    assert not said("Thank you, all works again.", "Re: Site down").critical
    assert said("Not again! The site is down.", "Re: Invoice").critical


def test_a_monitors_mail_is_a_report_and_its_recovery_is_not() -> None:
    assert said("please check", "Fwd: Monitor is DOWN: shop.example").critical
    assert not said("", "Fwd: Monitor is UP: shop.example").critical


def test_r78_what_is_down_is_never_out_of_scope() -> None:
    assert said("Please redesign my homepage and change the colours").category == "out_of_scope"
    assert said("Site down since your update of the design").critical


def test_r79_a_plugin_of_others_is_out_of_scope() -> None:
    assert said("The slider plugin I bought shows an error, fix it").category == "out_of_scope"


def test_r81_first_steps_are_onboarding() -> None:
    assert said("I just bought a reseller plan, how do I start in WHM?").category == "onboarding"


def test_r86_dissatisfaction_is_marked() -> None:
    assert said("Your support is terrible, I want to speak to a manager").complaint
    assert not said("How do I change my DNS records?").complaint


def test_r60_a_task_of_the_scope_list_is_named() -> None:
    assert said("How do I set up my mail in Outlook?").task == "mail-setup"
    assert said("Please move 40 accounts from our old host, a migration").queue == "accounts"


@pytest.mark.parametrize(
    "body", ["webiste is unreachabel", "the server is not respnding", "our website is inaccesible"]
)
def test_a_long_word_is_known_with_one_letter_wrong(body: str) -> None:
    assert said(body).critical


def test_a_correct_word_is_not_taken_for_a_misspelt_one() -> None:
    assert not said("The leading company of our district is closing a contract").critical


def test_no_and_works_may_stand_apart() -> None:
    assert said("None of our shops has, since nine this morning, been accessible").critical
    assert not said("Our shop works, but how do I change the colour of the menu?").critical


def test_a_clause_about_everything_leaves_the_part_before() -> None:
    assert said("My contact form had an error first. Now nothing of ours is reachable").critical
    assert not said("My contact form has an error. It does not work").critical


@pytest.mark.parametrize(
    "body",
    [
        "After the maintenance of tonight our server did not return, the whole company waits",
        "Our page not go since yesterday evening. Client call us all time. Please repair fast",
        "My customers are in the dark and nobody of you takes the phone, this is urgent",
    ],
)
def test_r14_an_outage_in_words_that_no_rule_foresaw_is_looked_at(body: str) -> None:
    decision = said(body)
    assert decision.critical, decision
    assert decision.rule.startswith("critical/")


@pytest.mark.parametrize(
    "body",
    [
        "Nothing important: the favicon is the old one",
        "The shop is not as quick as before, no hurry",
        "One customer cannot see his order, the others can",
        "How do I import a table of the database?",
    ],
)
def test_the_last_resort_is_none_where_something_takes_the_edge_off(body: str) -> None:
    assert not said(body).critical, said(body)


def test_what_a_status_page_says_ends_no_outage() -> None:
    assert said("Our site is down. Your status page says that all is fine again.").critical
    assert not said("Our site was down. All is fine again.").critical


def test_a_false_alarm_is_none() -> None:
    assert not said("Sorry, false alarm. The site is down for nobody, my router hung.").critical


def test_letters_that_are_drawn_out_count_once() -> None:
    assert said("the server is dooooown").critical


def test_a_script_is_no_host_and_a_polish_host_is_one() -> None:
    assert said("index.pl and run.py of sklep.pl give 502").about == ("sklep.pl",)


def test_a_host_for_tests_is_no_outage() -> None:
    assert not said("staging.example.com shows 503").critical
    assert said("shop.example.com shows 503").critical


@pytest.mark.parametrize("subject", ["500", "Error 503", "HTTP 502!"])
def test_a_subject_of_a_number_alone_says_enough(subject: str) -> None:
    assert said("for ten minutes, we changed nothing", subject).critical


def test_hosts_that_are_named_are_told() -> None:
    decision = said("https://www.shop.example/x and blog.example.org give 502, see index.php")
    assert decision.about == ("shop.example", "blog.example.org")


def test_all_rules_that_fit_are_told_in_order() -> None:
    decision = said("The site is down. And please send me the invoice.")
    assert decision.rule == decision.rules[0] == "critical/site-down"
    assert "billing/invoice" in decision.rules
    assert decision.version.startswith("2026.11.2+")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.text(max_size=2000))
def test_nothing_that_is_written_makes_it_fail(subject: str, body: str) -> None:
    decision = classify(RequestText(subject, body), request_rules())
    assert decision.rule


@pytest.mark.parametrize(
    "body",
    ["a " * 50_000, "(" * 100_000, "<div" * 25_000, "<blockquote>" * 8_000, "> x\n" * 25_000,
     "from: x\n" * 12_000, "\n" * 100_000, "-- Forwarded message\n" + "from: x\n" * 12_000,
     "site down not " * 7_000, "-" * 100_000, "a.b" * 33_000],
)  # fmt: skip
def test_a_text_of_100_kb_is_read_in_the_time_of_a_short_one(body: str) -> None:
    classify(RequestText("warm", "up"), request_rules())
    begun = time.thread_time()
    classify(RequestText("", body), request_rules())
    assert time.thread_time() - begun < 3  # some 30 ms, for 100,000 lines ten times that
