"""The same answer in another of its published forms: one place that knows them, so that no route has to.

An object is known by a member that only its kind has. With the forms as observed nothing is looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from bisonwatch.simulator.switches import Forms

Row = dict[str, object]

AS_OBSERVED = Forms()

_SECRET = "webhooks_secret_key"
_CREDITS = (
    "total_monthly_email_verification_credits",
    "remaining_monthly_email_verification_credits",
    "remaining_email_verification_credits",
    "total_email_verification_credits",
)
_FULL = {
    **dict.fromkeys(_CREDITS, 0),
    "sender_email_limit": 100_000,
    "warmup_limit": 100_000,
    "has_access_to_warmup": True,
    "has_access_to_healthcheck": False,
}


def dressed(content: object, forms: Forms) -> object:
    """Changes rows in place: they were made for this one answer."""
    if forms is AS_OBSERVED or forms == AS_OBSERVED:
        return content
    return _dressed(content, forms)


def _dressed(content: object, forms: Forms) -> object:
    if isinstance(content, list):
        return [_dressed(one, forms) for one in content]
    if not isinstance(content, dict):
        return content
    row = {name: _dressed(value, forms) for name, value in content.items()}
    for mark, change in _BY_MARK.items():
        if mark in row:
            change(row, forms)
    return row


def _user(row: Row, forms: Forms) -> None:
    if forms.user_key == "team" and isinstance(row.get("workspace"), dict):
        row["team"] = row.pop("workspace")


def _workspace(row: Row, forms: Forms) -> None:
    if forms.workspace == "full" and _SECRET in row:
        del row[_SECRET]
        row |= _FULL
    elif forms.workspace == "slim" and _SECRET not in row:
        for name in (*_FULL, "sender_email_limit_disabled"):
            row.pop(name, None)
        row[_SECRET] = f"INVENTED-{row['warmup_filter_phrase']}"


def _summary(row: Row, forms: Forms) -> None:
    """As documented a workspace's summary says nothing of steps."""
    if forms.stats == "strings":
        if not row["sequence_step_stats"]:
            del row["sequence_step_stats"]
        for name, value in row.items():
            if isinstance(value, int | float):
                row[name] = f"{value:g}" if isinstance(value, float) else str(value)


def _step(row: Row, forms: Forms) -> None:
    """As documented a variant has an order too, and nothing says when a step was made or whether it is active."""
    if forms.steps == "strings":
        row["order"] = str(row["order"] or 1)
        row["wait_in_days"] = str(row["wait_in_days"])
        row["attachments"] = []
        for name in ("active", "created_at", "updated_at"):
            row.pop(name, None)


def _campaign(row: Row, forms: Forms) -> None:
    if forms.unique_opens == "string":
        row["unique_opens"] = str(row["unique_opens"])
    row["status"] = _cased(row["status"], forms.campaign_status)


def _account(row: Row, forms: Forms) -> None:
    if forms.account_status != "title":
        row["status"] = _cased(row["status"], forms.account_status)


def _cased(word: object, case: str) -> object:
    """Numbers stay: a sending schedule's campaign has one."""
    if not isinstance(word, str):
        return word
    return {"lower": word.lower, "upper": word.upper, "title": word.title}[case]()


def _lead(row: Row, forms: Forms) -> None:
    """As documented an object without its campaign, or an empty array; neither form has a uuid or tags."""
    known = row["lead_campaign_data"]
    if forms.lead_campaign_data == "array":
        return
    for name in ("uuid", "tags"):
        row.pop(name, None)
    if forms.lead_campaign_data == "empty" or not isinstance(known, list) or not known:
        row["lead_campaign_data"] = []
    else:
        row["lead_campaign_data"] = {name: value for name, value in known[0].items() if name != "campaign_id"}


def _send(row: Row, forms: Forms) -> None:
    if forms.bounced_send == "sent" and row["status"] == "bounced":
        row["status"] = "sent"
    if forms.local_digits == "utc":
        row["scheduled_date_local"] = row["scheduled_date"]


def _schedule(row: Row, forms: Forms) -> None:
    if forms.schedule_times == "minutes":
        for name in ("start_time", "end_time"):
            row[name] = str(row[name])[:5]


_BY_MARK: dict[str, Callable[[Row, Forms], None]] = {
    "profile_photo_url": _user,
    "warmup_filter_phrase": _workspace,
    "unique_opens_per_contact": _summary,
    "wait_in_days": _step,
    "max_new_leads_per_day": _campaign,
    "emails_sent_count": _account,
    "lead_campaign_data": _lead,
    "scheduled_date": _send,
    "start_time": _schedule,
}
