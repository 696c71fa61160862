"""Webhook bodies made for tests: only what the test is about is said, all else is left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

EMAIL = "palle@molar.example"


def told(at: datetime) -> str:
    """As the provider writes a moment."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def webhook(
    kind: str,
    *,
    workspace: int | None = 12,
    name: str | None = "Northwind Desk",
    happened: tuple[int, datetime] | None = None,
    send: tuple[int, datetime | None] | None = None,
    reply: tuple[int, datetime] | None = None,
    automated: bool = False,
    email: str | None = EMAIL,
    first_name: str = "Palle",
    campaign: int | None = None,
    campaign_name: str | None = None,
    account: int | None = None,
) -> dict[str, Any]:
    """A lead's event; pairs are (id, moment)."""
    data: dict[str, Any] = {}
    if happened:
        data["campaign_event"] = {"id": happened[0], "created_at": told(happened[1])}
    if send:
        data["scheduled_email"] = {"id": send[0], "sent_at": told(send[1]) if send[1] else None}
    if reply:
        data["reply"] = {"id": reply[0], "date_received": told(reply[1]), "automated_reply": automated}
    if email is not None:
        data["lead"] = {"id": 7, "email": email, "first_name": first_name}
    if campaign is not None:
        data["campaign"] = {"id": campaign, "name": campaign_name}
    if account is not None:
        data["sender_email"] = {"id": account, "email": f"a{account}@try.example"}
    head = {"type": kind, "workspace_id": workspace, "workspace_name": name}
    return {"event": {key: value for key, value in head.items() if value is not None}, "data": data}
