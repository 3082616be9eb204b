"""Names in certificates read as Go writes them, which is what dashboards have seen so far."""

from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.oid import ObjectIdentifier as Oid

from probes.distinguished import in_go_words

MAIL = NameOID.EMAIL_ADDRESS


def name(*pairs: tuple[Oid, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])


def test_the_order_is_gos_own_whatever_the_certificate_says() -> None:
    whole = name(
        (NameOID.COUNTRY_NAME, "GB"),
        (NameOID.STATE_OR_PROVINCE_NAME, "Surrey"),
        (NameOID.LOCALITY_NAME, "Richmond"),
        (NameOID.STREET_ADDRESS, "The Square"),
        (NameOID.POSTAL_CODE, "TW9 1DT"),
        (NameOID.ORGANIZATION_NAME, "Example Limited"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Hosting"),
        (NameOID.COMMON_NAME, "web1"),
        (NameOID.SERIAL_NUMBER, "007"),
    )
    assert in_go_words(whole) == (
        "SERIALNUMBER=007,CN=web1,OU=Hosting,O=Example Limited,POSTALCODE=TW9 1DT,"
        "STREET=The Square,L=Richmond,ST=Surrey,C=GB"
    )


def test_repeated_fields_are_joined_and_only_the_last_common_name_stays() -> None:
    two = name(
        (NameOID.COMMON_NAME, "old"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "a"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "b"),
        (NameOID.COMMON_NAME, "new"),
    )
    assert in_go_words(two) == "CN=new,OU=a+OU=b"


def test_special_characters_are_escaped() -> None:
    odd = name((NameOID.COMMON_NAME, ' a,b+c"d\\e<f>g;h '), (NameOID.ORGANIZATION_NAME, "#1 # "))
    assert in_go_words(odd) == r"CN=\ a\,b\+c\"d\\e\<f\>g\;h\ ,O=\#1 #\ "


def test_other_attributes_come_last_as_numbers() -> None:
    mail = name((MAIL, "a@b.example"), (NameOID.COMMON_NAME, "web1"), (NameOID.TITLE, "Dr"))
    assert in_go_words(mail) == (
        "CN=web1,2.5.4.12=#13024472,1.2.840.113549.1.9.1=#0c0b61" + b"@b.example".hex()
    )


def test_a_long_attribute_has_a_long_length() -> None:
    long = name((NameOID.GIVEN_NAME, "x" * 200))
    assert in_go_words(long) == "2.5.4.42=#1381c8" + "78" * 200


def test_an_empty_name_is_empty() -> None:
    assert in_go_words(x509.Name([])) == ""
