"""Comparing shapes: the same keys and the same JSON types, null where the provider's sheet allows it."""

from __future__ import annotations

from collections.abc import Iterator

NULLABLE = {
    *("email_signature", "imap_server", "imap_port", "smtp_server", "smtp_port"),
    *("title", "company", "notes", "unsubscribe_text", "sequence_id", "total_leads", "profile_photo_path"),
    *("sent_at", "raw_body", "headers", "html_body", "text_body", "cc", "bcc", "parent_id"),
    *("scheduled_email_id", "campaign_id", "lead_id", "lead", "campaign", "scheduled_email"),
    *("first", "last", "prev", "next", "url", "from", "to", "next_cursor", "prev_cursor"),
    *("response_code", "last_attempt_at", "record_not_found"),
    *("emails_sent", "opens", "replies", "unique_replies", "unique_opens"),
}
"""`emails_sent` and the like are null on fresh leads; `interested` of a send is handled by its path."""


def kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case _:
            return "object"


def differences(theirs: object, ours: object, path: str = "") -> Iterator[str]:
    """Where `ours` is not of the shape of `theirs`."""
    name = path.rpartition(".")[2]
    may_be_null = name in NULLABLE or path.endswith("scheduled_email.interested")
    if may_be_null and None in (theirs, ours):
        return
    if kind(theirs) != kind(ours):
        yield f"{path}: {kind(theirs)} became {kind(ours)}"
    elif isinstance(theirs, dict):
        yield from _members(theirs, ours, path)
    elif isinstance(theirs, list) and theirs:
        for row in ours:
            yield from min((list(differences(one, row, f"{path}[]")) for one in theirs), key=len)


def _members(theirs: dict, ours: dict, path: str) -> Iterator[str]:
    for name in theirs.keys() - ours.keys():
        yield f"{path}.{name}: missing"
    for name in ours.keys() - theirs.keys():
        yield f"{path}.{name}: not in the fixture"
    for name in theirs.keys() & ours.keys():
        yield from differences(theirs[name], ours[name], f"{path}.{name}")
