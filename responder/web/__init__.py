"""Web: the doors for alerts, the API, and the page behind a signed link."""
