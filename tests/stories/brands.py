"""The stage with two brands whose resellers share a server: what the configuration adds."""

BRANDS = """
brands:
  acme: {title: Acme Hosting, from: support@acme.example, zone: Europe/Sofia, tell: {}}
  blau:
    {title: Blau und Weiss, from: hilfe@blau.example, language: de, zone: Europe/Berlin, tell: {}}
resellers:
  anna: {server: web1, brand: acme, mail: anna@customer.example}
  bert: {server: web1, brand: blau, mail: bert@kunde.example}
  carl: {server: web1, brand: acme}
"""
ANNA, BERT = "anna@customer.example", "bert@kunde.example"
