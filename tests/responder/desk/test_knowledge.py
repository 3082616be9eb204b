"""R82: does a known topic find its article among thirty, and an unknown one none?"""

from pathlib import Path

import pytest

from responder.configfile import load
from responder.desk.knowledge import article, shelf
from responder.desk.section import Knowledge
from responder.findings import Examined

FOLDER = Path(__file__).parents[2] / "data" / "knowledge"
SHELF = shelf(Knowledge(folder=FOLDER))

TOPICS = [
    ("How do I set up my mailbox on my new iPhone?", "mail-on-a-phone"),
    ("Outlook asks for the incoming server", "outlook"),
    ("I get so much spam every day", "spam-filter"),
    ("My mails come back, rejected because of SPF", "mail-rejected"),
    ("It says that my mailbox is full, over quota", "mailbox-full"),
    ("Please forward all mails of info@ to my private address, I need a forwarder", "forwarder"),
    ("I am on vacation and want an out of office answer", "autoresponder"),
    ("Where is the webmail? Roundcube does not open in my browser", "webmail"),
    ("I forgot my password", "password"),
    ("How can I use two-factor login with an authenticator?", "two-factor"),
    ("I need a CNAME record in my DNS zone", "dns-records"),
    ("Which nameservers do I enter at my registrar?", "nameservers"),
    ("I want to transfer my domain, what do you do with the authcode?", "domain-transfer"),
    ("My domain has expired, how do I renew it?", "domain-renewal"),
    ("How do I create a subdomain?", "subdomain"),
    ("The SSL certificate of my page is not valid", "ssl"),
    ("How do I redirect everything to https in .htaccess?", "redirect-https"),
    ("FileZilla can not connect by FTP", "ftp"),
    ("chmod permissions in the file manager", "file-manager"),
    ("Can I restore yesterday's backup myself?", "backup-restore"),
    ("How do I create a MySQL database?", "database"),
    ("The import of my SQL dump ends with a timeout", "database-import"),
    ("I need another PHP version", "php-version"),
    ("upload_max_filesize and memory_limit are too small", "php-limits"),
    ("How do I add a cronjob?", "cron"),
    ("Where do I put my SSH key?", "ssh"),
    ("Install WordPress please, with Softaculous?", "wordpress-install"),
    ("WordPress is very slow, which cache plugin?", "wordpress-slow"),
    ("My WordPress was hacked, there is malware", "wordpress-hacked"),
    ("Internal server error 500 since my change of .htaccess", "error-500"),
]


@pytest.mark.parametrize(("text", "wanted"), TOPICS)
def test_r82_a_known_topic_has_its_article_among_the_first_three(text: str, wanted: str) -> None:
    assert wanted in [one.id for one in SHELF.suggest(text)]


def test_the_fixture_has_thirty_topics() -> None:
    assert len(SHELF.articles) == len(TOPICS) == 30


@pytest.mark.parametrize("text", ["", "Thank you!", "Das Wetter ist heute schön.", "xyzzy plugh"])
def test_what_no_article_is_about_gets_none(text: str) -> None:
    assert SHELF.suggest(text) == []


def test_an_article_has_title_tags_and_the_address_that_customers_read() -> None:
    one = next(one for one in SHELF.articles if one.id == "ssl")
    assert (one.title, one.url) == (
        "HTTPS certificate for your site",
        "https://acme.example/help/ssl",
    )
    assert one.tags[:3] == ("ssl", "tls", "certificate")


def test_an_article_may_be_nothing_but_an_address_with_tags() -> None:
    urls = {"https://acme.example/help/mail-in-outlook.html": ("outlook", "imap")}
    (found,) = shelf(Knowledge(urls=urls)).suggest("Outlook and IMAP")
    assert (found.title, found.url) == ("mail in outlook", next(iter(urls)))


def test_a_changed_folder_is_read_again(tmp_path: Path) -> None:
    settings = Knowledge(folder=tmp_path)
    assert shelf(settings).articles == ()
    (tmp_path / "a.md").write_text("# Teapots\n\ntags: teapot, kettle\n")
    assert [one.title for one in shelf(settings).articles] == ["Teapots"]


def test_a_folder_that_is_not_there_has_no_articles(tmp_path: Path) -> None:
    assert shelf(Knowledge(folder=tmp_path / "gone")).articles == ()


def test_a_file_without_a_head_is_called_by_its_name() -> None:
    assert (article("notes", "just words").title, article("notes", "").tags) == ("notes", ())


def test_r82_the_folder_is_beside_the_configuration_wherever_the_daemon_starts(
    tmp_path: Path,
) -> None:
    (tmp_path / "articles").mkdir()
    file = tmp_path / "responder.yaml"
    file.write_text("desk: {knowledge: {folder: articles}}\n")
    assert load(file, Examined).value.desk.knowledge.folder == tmp_path / "articles"
    file.write_text("desk: {knowledge: {folder: nowhere}, lead: leah, skills: {dns: [kim]}}\n")
    told = {one.message for one in load(file, Examined).findings}
    assert {
        "there is no such folder: no article is suggested",
        "desk.lead: no person and no team is called leah: nobody is told",
        "desk.skills.dns: no person is called kim: he is told of nothing",
    } <= told
